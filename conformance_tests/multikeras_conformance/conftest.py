"""Sets the suite up: one backend for the whole process, and its known gaps."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from multikeras_conformance import gaps, starting


def pytest_configure(config: pytest.Config) -> None:
    """Make the backend current before anything is collected."""
    # Whoever runs the suite from the installed package has no settings of this repository.
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    starting.start(config)


def pytest_ignore_collect(collection_path: pathlib.Path, config: pytest.Config) -> bool | None:
    """Leave out what only the thorough mode runs."""
    return True if collection_path.name == "test_ops_drawn.py" and not config.getoption("--thorough") else None


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
