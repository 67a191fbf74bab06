"""What every layer has from its base: the weights inside it, losses, stateless calls, inputs of all kinds."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.testing import assert_close
from multikeras_conformance.layer_cases import called


def test_layers_in_containers_are_found() -> None:
    """Variables and layers in lists, dicts and tuples count, in the order of assignment, each once."""

    class Nested(layers.Layer):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(2)
            self.more = [layers.Dense(3), {"deep": (layers.Dense(4), self.first)}]
            self.scale = keras.Variable(2.0, name="scale")

        def call(self, x):
            return self.more[1]["deep"][0](self.more[0](self.first(x))) * self.scale

    layer = Nested()
    assert layer(np.ones((1, 5), "float32")).shape == (1, 4)
    assert [v.shape for v in layer.weights] == [(), (5, 2), (2,), (2, 3), (3,), (3, 4), (4,)]


def test_losses_of_layers_are_gathered() -> None:
    """`add_loss`, activity regularizers and weight regularizers, also from layers inside, each once a call."""

    class Inner(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    class Outer(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Inner()
            self.dense = layers.Dense(
                1, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5), activity_regularizer="l1"
            )

        def call(self, x):
            return self.dense(self.inner(x))

    layer = Outer()
    x = np.ones((2, 3), "float32")
    for _ in range(2):
        layer(x)
        # sum(x); 0.01 * sum|y| over 2 samples; 0.5 * sum(w²)
        assert sorted(ops.convert_to_numpy(loss).item() for loss in layer.losses) == pytest.approx(
            sorted([6.0, 0.01 * 6.0 / 2, 1.5])
        )


def test_stateless_call_changes_nothing() -> None:
    """Values go in, updated values come out, and the layer keeps its own."""
    layer = layers.BatchNormalization(momentum=0.5)
    x = np.random.default_rng(0).normal(2.0, 1.0, size=(8, 3)).astype("float32")
    layer.build(x.shape)
    before = layer.get_weights()
    trained = [ops.convert_to_tensor(w) for w in before[:2]]
    others = [ops.convert_to_tensor(w) for w in before[2:]]
    trained[0] = trained[0] * 3.0
    y, updated = layer.stateless_call(trained, others, x, training=True)
    for a, b in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    wide = x.astype(np.float64)
    assert_close(ops.convert_to_numpy(updated[0]), 0.5 * wide.mean(axis=0), "float32", 16)
    assert_close(ops.convert_to_numpy(y), 3 * (wide - wide.mean(0)) / np.sqrt(wide.var(0) + 1e-3), "float32", 64)


def test_layer_that_is_called_again_has_the_same_weights() -> None:
    """A layer is built once; calls share its weights."""
    layer = layers.Dense(3)
    first = called(layer, np.ones((2, 4), "float32"))
    weights = layer.weights
    assert_close(called(layer, np.ones((1, 4), "float32"))[0], first[0], "float32")
    assert [id(v) for v in layer.weights] == [id(v) for v in weights]


def test_layer_takes_lists_of_numbers_as_arrays() -> None:
    """Host inputs of all kinds give what an array gives."""
    layer = layers.Dense(2)
    x = np.array([[1.0, 2.0, 3.0]], "float32")
    expected = called(layer, x)
    np.testing.assert_array_equal(called(layer, x.astype(np.float64)), expected)
    np.testing.assert_array_equal(called(layer, ops.convert_to_tensor(x)), expected)
    np.testing.assert_array_equal(called(layer, keras.Variable(x)), expected)
