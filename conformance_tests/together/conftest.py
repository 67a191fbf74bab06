"""Sets tests of several backends in one process up: each test is repeated for the backends that can be loaded."""

from __future__ import annotations

import importlib.util
import pathlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras.backend import registry
from multikeras.errors import BackendError

DEFAULT = "numpy"


def _loaded() -> tuple[list[str], dict[str, str]]:
    """The backends that can be loaded, NumPy first, and why the others cannot."""
    found, absent = [], {}
    for name in sorted(registry.entry_points(), key=lambda name: (name != DEFAULT, name)):
        try:
            registry.load(name)
            found.append(name)
        except BackendError as error:
            absent[name] = str(error).splitlines()[-1]
    return found, absent


BACKENDS, ABSENT = _loaded()
keras.set_backend(DEFAULT)


def pytest_report_header() -> list[str]:
    """Say which backends are tested together, and which are not."""
    rows = [f"together: {', '.join(BACKENDS)}; the default is {DEFAULT}"]
    return rows + [f"not tested: {name}, {reason}" for name, reason in ABSENT.items()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`backend` is each of them; `source` and `target` are all ordered pairs, a backend with itself among them."""
    for argument in ("backend", "source", "target"):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, BACKENDS)


@pytest.fixture
def backends() -> list[str]:
    """All of them, for tests that use them at once."""
    return BACKENDS


@pytest.fixture(autouse=True)
def _same_start():
    """Every test starts from one seed with portable draws, and leaves the default backend as it was."""
    keras.utils.clear_session(free_memory=False)
    keras.config.set_random("portable")
    keras.utils.set_random_seed(7)
    with np.errstate(all="ignore"):
        yield
    keras.config.set_random("fast")
    assert keras.config.backend() == DEFAULT, "a test left another backend behind"


@pytest.fixture
def on_torch() -> Iterator[None]:
    """Within the test torch is the backend, draws by its own kernels, and has compiled nothing before."""
    dynamo = pytest.importorskip("torch._dynamo")
    with keras.use_backend("torch"):
        dynamo.reset()
        # Portable draws are the host's.
        keras.config.set_random("fast")
        yield
        dynamo.reset()


@pytest.fixture
def graphs() -> Any:
    """A backend of torch's compiler that runs graphs as they are and counts them, as `graphs.frame_count`."""
    return pytest.importorskip("torch._dynamo.testing").CompileCounter()


@pytest.fixture(scope="session")
def digits_example() -> ModuleType:
    """The example that the README shows."""
    path = pathlib.Path(__file__).parents[2] / "examples" / "digits.py"
    spec = importlib.util.spec_from_file_location("digits_example_together", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The first 256 images and their labels."""
    (images, labels), _ = keras.datasets.digits.load_data()
    return images[:256, ..., None].astype("float32"), labels[:256]
