"""What JAX's adapter hands to cuDNN, computed by JAX's own reference for it: no GPU is needed."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops

jax = pytest.importorskip("jax")


def _reference(x, h, c, weights, lengths, features, units, count, dropout, both_ways):
    from jax.experimental import rnn

    parts = rnn.unpack_lstm_weights(weights, features, units, count, both_ways)
    return rnn.lstm_ref(x, h, c, *parts, lengths, features, units, count, dropout, both_ways)


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_weights_and_states_for_cudnn_mean_the_same(given: bool, backwards: bool, sequences: bool) -> None:
    """Outputs, states and gradients are those of the loop."""
    from multikeras_jax.ops.nn import cudnn_lstm

    rng = np.random.default_rng(0)

    def random(*shape: int):
        return jax.numpy.asarray(rng.normal(size=shape), "float32")

    tensors = [random(2, 5, 3), random(3, 16), random(4, 16), *([random(16), random(2, 4), random(2, 4)] * given)]
    missing = [None] * (6 - len(tensors))

    def loop(*tensors):
        return ops.lstm(*tensors, *missing, go_backwards=backwards, return_sequences=sequences)

    def fused(*tensors):
        return cudnn_lstm.lstm(*tensors, *missing, backwards, sequences, _reference)

    def total(f):
        return lambda *tensors: sum(jax.numpy.sum(y * y) for y in f(*tensors))

    with keras.use_backend("jax"):
        for a, b in zip(loop(*tensors), fused(*tensors), strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-6)
        where = tuple(range(len(tensors)))
        gradients = [jax.jit(jax.grad(total(f), where))(*tensors) for f in (loop, fused)]
        for a, b in zip(*gradients, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)
