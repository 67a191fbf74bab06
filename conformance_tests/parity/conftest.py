"""Real Keras and multikeras side by side, on one backend: JAX unless `--mk-backend=NAME` says another.

What is compared on every backend is ops; the other files are run on JAX alone.
"""

from __future__ import annotations

import os
import pathlib
import warnings

import pytest

DEFAULT = "jax"
EVERYWHERE = ("test_ops.py", "test_functions.py", "test_result_dtypes.py", "test_differences.py")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the backend of both, before Keras is imported."""
    backend = config.getoption("--mk-backend") or DEFAULT
    os.environ["KERAS_BACKEND"] = backend
    # Nearly all time goes into compiling programs that run once: a recurrence with gradients in a fifth of the time.
    os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false"
    with warnings.catch_warnings():
        # What Keras's own imports warn of is not ours to mend.
        warnings.simplefilter("ignore")
        import keras  # noqa: F401

    import multikeras

    multikeras.set_backend(backend)


def pytest_ignore_collect(collection_path: pathlib.Path, config: pytest.Config) -> bool | None:
    """Leave the files out that are run on JAX alone."""
    if collection_path.suffix != ".py" or collection_path.name in EVERYWHERE:
        return None
    return True if (config.getoption("--mk-backend") or DEFAULT) != DEFAULT else None


@pytest.fixture(autouse=True)
def _same_start():
    """Fresh names and one seed on both sides; warnings of Keras's own code do not count."""
    import keras

    import multikeras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(3)
        multikeras.utils.clear_session(free_memory=False)
        multikeras.utils.set_random_seed(3)
        yield
