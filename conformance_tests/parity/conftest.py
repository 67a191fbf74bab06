"""Real Keras and multikeras side by side, both on JAX."""

from __future__ import annotations

import os
import warnings

os.environ["KERAS_BACKEND"] = "jax"
# Nearly all time goes into compiling programs that run once: a recurrence with gradients in a fifth of the time.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false"

with warnings.catch_warnings():
    # What Keras's own imports warn of is not ours to mend.
    warnings.simplefilter("ignore")
    import keras

import pytest

import multikeras

multikeras.set_backend("jax")


@pytest.fixture(autouse=True)
def _same_start():
    """Fresh names and one seed on both sides; warnings of Keras's own code do not count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(3)
        multikeras.utils.clear_session(free_memory=False)
        multikeras.utils.set_random_seed(3)
        yield
