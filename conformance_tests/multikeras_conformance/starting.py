"""Starts a run of the suite: one backend for the whole process, on one device, with its known gaps and its report.

Called where the options are known (`command_line`), which the controlling process of parallel runs needs, and from the
suite's conftest, for runs without any.
"""

from __future__ import annotations

import contextlib
import pathlib

import pytest

from multikeras_conformance import gaps
from multikeras_conformance.report.collecting import Collecting, Listening

DEFAULT = "numpy"

_STARTED = pytest.StashKey[bool]()


def start(config: pytest.Config) -> None:
    """Make the backend current before anything is collected.

    Raises:
        pytest.UsageError: There is no such backend or device.
    """
    import multikeras
    from multikeras.errors import MultikerasError
    from multikeras_conformance import calls

    if _STARTED in config.stash:
        return
    config.stash[_STARTED] = True
    name = config.getoption("--mk-backend") or DEFAULT
    try:
        multikeras.set_backend(name)
    except MultikerasError as error:
        raise pytest.UsageError(f"--mk-backend={name}: {error}") from error
    calls.thorough = bool(config.getoption("--thorough"))
    config.stash[gaps.KEY] = gaps.load(name)
    config.pluginmanager.register(_Running(config))
    folder = config.getoption("--mk-report")
    if folder is not None:
        config.pluginmanager.register(Listening())
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Collecting(config, pathlib.Path(folder).absolute(), name))


class _Running:
    """What lasts as long as the run: the device, and the line that says what is tested."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.scope = _scope(config.getoption("--mk-device"))

    def pytest_unconfigure(self) -> None:
        """Leave the device."""
        self.scope.close()

    def pytest_report_header(self) -> str:
        """Say which backend is tested, where, and how many gaps it owns up to."""
        from multikeras.backend import current

        backend = current()
        device = self.config.getoption("--mk-device") or backend.devices.names()[0]
        return f"multikeras backend: {backend.name} on {device}, {self.config.stash[gaps.KEY].summary()}"


def _scope(device: str | None) -> contextlib.ExitStack:
    """A scope, entered, in which everything is made on a device."""
    import multikeras
    from multikeras.backend import current
    from multikeras.errors import MultikerasError

    stack = contextlib.ExitStack()
    if device is not None:
        try:
            stack.enter_context(multikeras.device(device))
            # Some frameworks ask for a device only as something is made there.
            multikeras.ops.ones((1,))
        except (MultikerasError, RuntimeError, AssertionError) as error:
            stack.close()
            names = ", ".join(current().devices.names())
            raise pytest.UsageError(
                f"--mk-device={device}: the {current().name} backend has no such device here; it has {names}."
            ) from error
    return stack
