"""`model.explain()`: which kernels each layer reaches, and why not a faster one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers
from multikeras.backend import current
from multikeras.errors import NotBuiltError


def silent(model: Any) -> Any:
    return model.explain(print_fn=lambda text: None)


def test_every_layer_of_a_graph_has_a_row() -> None:
    """Layers and ops in the order of computation, each with its kernels."""
    inputs = keras.Input((6, 4))
    x = layers.Dense(4, activation="relu", name="first")(inputs)
    model = keras.Model(inputs, layers.LayerNormalization(name="norm")(x + 1.0))
    rows = silent(model)
    assert [(r.layer, r.kind) for r in rows][::2] == [("first", "Dense"), ("norm", "LayerNormalization")]
    assert rows[1].kind == "ops.add"
    assert all(r.kernels for r in rows)
    assert all(r.slower_because is None for r in rows)


def test_kernels_differ_with_what_is_computed() -> None:
    """They are those of the call, not of the class."""
    first, second = (keras.Sequential([keras.Input((4,)), layers.Activation(n)]) for n in ("relu", "tanh"))
    assert silent(first)[0].kernels != silent(second)[0].kernels


def test_a_layer_that_misses_the_fused_kernel_says_why() -> None:
    """One sentence."""
    inputs = keras.Input((6, 4))
    x = layers.LSTM(3, recurrent_dropout=0.5, name="slow")(inputs)
    y = layers.LSTM(3, name="fast")(inputs)
    rows = {r.layer: r for r in silent(keras.Model(inputs, [x, y]))}
    assert "recurrent_dropout" in rows["slow"].slower_because
    assert rows["fast"].slower_because is None


def test_layers_of_a_subclass_have_rows() -> None:
    """Once it was called."""

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(3, name="inner")

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Own()
    with pytest.raises(NotBuiltError, match="once it is built"):
        model.explain()
    model(np.zeros((2, 4), "float32"))
    (row,) = silent(model)
    assert row.layer.endswith("inner")
    assert row.kernels


def test_the_table_is_printed(capsys: pytest.CaptureFixture) -> None:
    """With the name of the model and of the backend."""
    keras.Sequential([keras.Input((4,)), layers.Dense(2, name="head")], name="small").explain()
    shown = capsys.readouterr().out
    assert 'Kernels of "small"' in shown
    assert current().name in shown
    assert "head (Dense)" in shown


def test_explaining_changes_nothing() -> None:
    """Not the weights, not the graph, not the state of layers."""
    model = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(2)])
    before = [w.copy() for w in model.get_weights()]
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    silent(model)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert nodes == [len(layer._inbound_nodes) for layer in model.layers]
