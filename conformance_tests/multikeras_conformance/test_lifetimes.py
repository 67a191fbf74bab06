"""What is dropped goes at once: nothing of a model waits for the collector, and repeated work leaves nothing behind."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers

X = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
Y = np.arange(8, dtype="int32") % 3


@pytest.fixture(autouse=True)
def collector_off() -> Iterator[None]:
    """The collector neither helps nor disturbs."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def graph() -> Any:
    inputs = keras.Input((6,))
    x = layers.Dense(4, activation="relu")(inputs)
    x = layers.Dropout(0.2)(layers.BatchNormalization()(x))
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    return compiled(keras.Model(inputs, layers.Dense(3)(layers.Add()([x, inner(x)]))))


def masked() -> Any:
    tokens = keras.Input((5,), dtype="int32")
    x = layers.Embedding(7, 4, mask_zero=True)(tokens)
    return compiled(keras.Model(tokens, layers.Dense(3)(layers.GlobalAveragePooling1D()(x))))


def sequential() -> Any:
    return compiled(keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.Dense(3)]))


def subclass() -> Any:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    return compiled(Own())


def compiled(model: Any) -> Any:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def run(model: Any, what: str) -> None:
    x = (
        (np.abs(X[:, :5]) * 3).astype("int32")
        if model.__class__.__name__ == "Functional" and _takes_tokens(model)
        else X
    )
    if what == "call":
        model(x)
    if what == "fit":
        model.fit(x, Y, batch_size=4, verbose=0)
    if what == "predict":
        model.predict(x, batch_size=4, verbose=0)
    if what == "evaluate":
        model.evaluate(x, Y, batch_size=4, verbose=0)


def _takes_tokens(model: Any) -> bool:
    return model.inputs[0].dtype == "int32"


@pytest.mark.parametrize("make", [graph, masked, sequential, subclass])
@pytest.mark.parametrize("what", ["build", "call", "fit", "predict", "evaluate"])
def test_dropped_models_go_at_once(make: Any, what: str) -> None:
    """The model, its layers, its variables and its optimizer."""
    model = make()
    run(model, what)
    held = [model, model.optimizer, *model._flatten_layers(), *model.variables, *model.optimizer.variables]
    references = [weakref.ref(x) for x in held]
    del model, held
    assert [r() for r in references if r() is not None] == []


def test_dropped_tensors_of_a_graph_go_at_once() -> None:
    """So do symbolic tensors, and with them the layers that made them."""
    layer = layers.Dense(4)
    x = layer(keras.Input((6,)))
    references = [weakref.ref(layer), weakref.ref(x)]
    del layer
    assert references[0]() is not None
    del x
    assert [r() for r in references] == [None, None]


def test_outputs_that_nobody_holds_are_made_again() -> None:
    """A layer tells its symbolic output as long as it lives."""
    layer = layers.Dense(4)
    layer(keras.Input((6,)))
    assert layer.output.shape == (None, 4)
    assert keras.Model(layer.input, layer.output)(X).shape == (8, 4)


@pytest.mark.parametrize("what", ["call", "fit", "predict"])
def test_repeated_work_keeps_memory_flat(what: str) -> None:
    """Running the same again and again holds no more Python objects."""
    model = graph()
    for _ in range(10):
        run(model, what)
    tracemalloc.start()
    try:
        sizes = []
        for _ in range(4):
            for _ in range(5):
                run(model, what)
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # Lists that Python keeps of freed objects grow too, but the tape of a single step takes more.
    assert sizes[-1] - sizes[1] < 60_000, sizes


def test_built_and_dropped_models_keep_memory_flat() -> None:
    """Building models holds no more Python objects."""
    for _ in range(3):
        graph()
    tracemalloc.start()
    try:
        sizes = []
        for _ in range(4):
            for _ in range(5):
                graph()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # Ten models would be some hundreds of kilobytes; what frameworks remember of shapes they have met is little.
    assert sizes[-1] - sizes[1] < 100_000, sizes
