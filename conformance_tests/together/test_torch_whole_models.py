"""Whole models compiled by torch: one graph, in evaluation and in training, whether the user or `fit` compiles them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("on_torch")

CLASSES = 3


def mlp() -> Any:
    return keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="relu"), layers.Dense(CLASSES)])


def cnn() -> Any:
    return keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(CLASSES),
        ]
    )


def lstm() -> Any:
    return keras.Sequential([keras.Input((4, 4)), layers.Masking(), layers.LSTM(5), layers.Dense(CLASSES)])


def transformer() -> Any:
    tokens = keras.Input((8,), dtype="int32")
    x = layers.Embedding(11, 8, mask_zero=True)(tokens)
    h = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(h, h)])
    h = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.Dense(8)(layers.Dense(16, activation="gelu")(h))])
    return keras.Model(tokens, layers.Dense(CLASSES)(layers.GlobalAveragePooling1D()(x)))


MODELS = [mlp, cnn, lstm, transformer]


def data(model: Any, size: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    shape = (size, *model.inputs[0].shape[1:])
    if model.inputs[0].dtype == "int32":
        x = rng.integers(0, 11, shape).astype("int32")
    else:
        x = rng.normal(size=shape).astype("float32")
        x[:, -2:] *= x.ndim != 3  # padding of the sequences
    return x, rng.integers(0, CLASSES, size).astype("int32")


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("training", [False, True])
def test_model_is_one_graph(make: Callable[[], Any], training: bool, graphs) -> None:
    """Outputs and gradients are those of the eager model."""
    model = make()
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
    x = torch.from_numpy(data(model)[0])
    before = [w.copy() for w in model.get_weights()]
    weights = [v.value for v in model.trainable_variables]
    results = []
    for call in (model, torch.compile(model, backend=graphs, fullgraph=True)):
        # Statistics change in training.
        model.set_weights(before)
        outputs = call(x, training=training)
        results.append((outputs.detach(), torch.autograd.grad(outputs.square().sum(), weights)))
    assert graphs.frame_count == 1
    (expected, gradients), (received, others) = results
    torch.testing.assert_close(received, expected)
    for a, b in zip(gradients, others, strict=True):
        torch.testing.assert_close(b, a)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("make", [mlp, cnn, lstm])
def test_models_compiled_by_fit_train_alike(make: Callable[[], Any]) -> None:
    """`jit_compile=True` gives the weights and logs of eager steps, each of which, with its gradients, is one graph."""
    counters = torch._dynamo.utils.counters
    counters.clear()
    one, other = make(), make()
    other.set_weights(one.get_weights())
    x, y = data(one)
    histories = []
    for model, whole in ((one, False), (other, True)):
        for layer in model.layers:
            if isinstance(layer, layers.Dropout):
                layer.rate = 0.0
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        # Not by Adam, which makes steps of rounding errors where gradients are zero.
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"], jit_compile=whole)
        histories.append(model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history)
    for name in histories[0]:
        np.testing.assert_allclose(histories[1][name], histories[0][name], rtol=1e-4)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-5)
    assert not counters["graph_break"], dict(counters["graph_break"])


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_a_model_whose_layers_changed_is_one_graph_still() -> None:
    """What was decided ahead of calls is decided anew, also where the first call after the change is traced."""
    model = transformer()
    x = torch.from_numpy(data(model)[0])
    expected = model(x)
    noisy = keras.Sequential([keras.Input((6,)), layers.Dense(2, activity_regularizer="l2")])
    noisy(torch.ones(2, 6))
    received = torch.compile(model, backend="eager", fullgraph=True)(x)
    torch.testing.assert_close(received, expected)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_masks_of_compiled_outputs_are_not_lost() -> None:
    """A layer called on what a compiled one returned gets its mask, also after other masks have come and gone."""
    embedding = layers.Embedding(5, 3, mask_zero=True)
    tokens = torch.tensor([[1, 2, 0]])
    embedding(tokens)
    x = torch.compile(embedding, backend="eager", fullgraph=True)(tokens)
    embedding(tokens)  # this mask goes with its tensor
    mean = layers.GlobalAveragePooling1D()(x)
    torch.testing.assert_close(mean, x[:, :2].mean(1))
