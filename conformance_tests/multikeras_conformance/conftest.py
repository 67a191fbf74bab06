"""Sets the suite up: one backend for the whole process, and its known gaps."""

from __future__ import annotations

import contextlib
import pathlib

import numpy as np
import pytest

from multikeras_conformance import gaps
from multikeras_conformance.report.collecting import Collecting, Listening

DEFAULT = "numpy"

SCOPE = pytest.StashKey[contextlib.ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the backend current before anything is collected."""
    import multikeras

    # Whoever runs the suite from the installed package has no settings of this repository.
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    name = config.getoption("--mk-backend") or DEFAULT
    multikeras.set_backend(name)
    config.stash[gaps.KEY] = gaps.load(name)
    config.stash[SCOPE] = _scope(config.getoption("--mk-device"))
    folder = config.getoption("--mk-report")
    if folder is not None:
        config.pluginmanager.register(Listening())
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Collecting(config, pathlib.Path(folder), name))


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


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the device."""
    if SCOPE in config.stash:
        config.stash[SCOPE].close()


@pytest.fixture(autouse=True)
def _same_start() -> None:
    """Every test starts from one seed, from fresh names, and in float32."""
    import multikeras

    multikeras.utils.clear_session(free_memory=False)
    multikeras.utils.set_random_seed(7)
    multikeras.config.set_floatx("float32")
    multikeras.config.set_random("fast")
    multikeras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True)
def _quiet_arithmetic():
    """NumPy warns of overflow and of nan where the others do not; the values are what is compared."""
    with np.errstate(all="ignore"):
        yield


@pytest.fixture
def backend():
    """The backend that the suite is run on."""
    from multikeras.backend import current

    return current()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that are known gaps of the backend, each a strict xfail with its reason."""
    config.stash[gaps.KEY].mark(items)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which backend is tested, and how many gaps it owns up to."""
    from multikeras.backend import current

    device = config.getoption("--mk-device") or current().devices.names()[0]
    return f"multikeras backend: {current().name} on {device}, {config.stash[gaps.KEY].summary()}"
