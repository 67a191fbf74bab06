"""Recurrences: values, gradients, configurations, weights and files are those of Keras."""

from __future__ import annotations

import json
from typing import Any

import jax
import keras
import numpy as np
import pytest

import multikeras

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 6, 4)).astype(np.float32)
IMAGES = RNG.normal(size=(2, 3, 6, 5, 2)).astype(np.float32)
MASK = np.arange(6)[None] < np.array([6, 2, 4])[:, None]


def stack(k, **arguments):
    """Three cells as one."""
    return k.layers.RNN([k.layers.LSTMCell(5), k.layers.GRUCell(3), k.layers.SimpleRNNCell(2)], **arguments)


MADE = {
    "lstm": lambda k: k.layers.LSTM(5),
    "lstm-sequences": lambda k: k.layers.LSTM(5, return_sequences=True, return_state=True),
    "lstm-backwards": lambda k: k.layers.LSTM(5, return_sequences=True, go_backwards=True),
    "lstm-relu": lambda k: k.layers.LSTM(5, activation="relu", use_bias=False, kernel_regularizer="l2"),
    "lstm-zeros": lambda k: k.layers.LSTM(5, return_sequences=True, zero_output_for_mask=True),
    "gru": lambda k: k.layers.GRU(5, return_sequences=True),
    "gru-before": lambda k: k.layers.GRU(5, reset_after=False, return_state=True),
    "gru-hard": lambda k: k.layers.GRU(5, recurrent_activation="hard_sigmoid", unroll=True),
    "simple": lambda k: k.layers.SimpleRNN(5, return_sequences=True, recurrent_constraint="max_norm"),
    "stack": stack,
    "stack-states": lambda k: stack(k, return_sequences=True, return_state=True),
    "bidirectional": lambda k: k.layers.Bidirectional(k.layers.LSTM(5, return_sequences=True)),
    "bidirectional-states": lambda k: k.layers.Bidirectional(k.layers.GRU(5, return_state=True), merge_mode="sum"),
    "bidirectional-pair": lambda k: k.layers.Bidirectional(
        k.layers.LSTM(5), merge_mode=None, backward_layer=k.layers.SimpleRNN(5, go_backwards=True)
    ),
    "time": lambda k: k.layers.TimeDistributed(k.layers.Dense(3, activation="tanh")),
    "conv": lambda k: k.layers.ConvLSTM2D(3, 2, return_sequences=True, padding="same"),
    "conv-strided": lambda k: k.layers.ConvLSTM2D(3, 3, strides=2, return_state=True, recurrent_activation="sigmoid"),
}


def pair(name: str):
    """Layers of ours and Keras's with the same weights, and their input."""
    x = IMAGES if name.startswith("conv") else X
    ours, theirs = (MADE[name](k) for k in (multikeras, keras))
    for layer in (ours, theirs):
        layer.build(x.shape)
    weights = [RNG.normal(size=w.shape).astype(np.float32) * 0.4 for w in theirs.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs, x


def leaves(y: Any) -> list[np.ndarray]:
    return [np.asarray(x) for x in jax.tree.leaves(y)]


def assert_alike(ours, theirs) -> None:
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


MASKED = ("lstm-sequences", "lstm-zeros", "gru", "simple", "stack", "bidirectional", "bidirectional-states")


@pytest.mark.parametrize(("name", "masked"), [*((n, False) for n in MADE), *((n, True) for n in MASKED)])
def test_layer_has_the_values_and_gradients_of_keras(name: str, masked: bool) -> None:
    """Outputs, states, and gradients with respect to all weights and the inputs."""
    ours, theirs, x = pair(name)
    arguments = {"mask": jax.numpy.asarray(MASK)} if masked else {}
    found = []
    for layer in (ours, theirs):

        def scalar(values, x, layer=layer):
            others = [v.value for v in layer.non_trainable_variables]
            outputs, _ = layer.stateless_call(values, others, x, **arguments)
            tensors = jax.tree.leaves(outputs)
            # Another factor for each entry.
            return sum((y * jax.numpy.cos(jax.numpy.arange(y.size)).reshape(y.shape)).sum() for y in tensors), tensors

        values = [v.value for v in layer.trainable_variables]
        run = jax.jit(jax.grad(scalar, argnums=(0, 1), has_aux=True))
        gradients, outputs = run(values, jax.numpy.asarray(x))
        found.append((outputs, leaves(gradients)))
    assert_alike(found[0][0], found[1][0])
    assert len(found[0][1]) == len(found[1][1])
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", MADE)
def test_layer_is_written_down_as_by_keras(name: str) -> None:
    """The same configuration and the same weights, by name and in order; each reads the other's."""
    ours, theirs, _ = pair(name)
    assert [(v.path, tuple(v.shape)) for v in ours.weights] == [(v.path, tuple(v.shape)) for v in theirs.weights]

    def plain(config) -> Any:
        if isinstance(config, dict):
            return {k: plain(v) for k, v in config.items() if k not in ("shared_object_id", "build_config")}
        return [plain(c) for c in config] if isinstance(config, (list, tuple)) else config

    written = [plain(json.loads(json.dumps(k.layers.serialize(m)))) for k, m in ((multikeras, ours), (keras, theirs))]
    assert written[0]["config"] == written[1]["config"]
    crossed = multikeras.layers.deserialize(written[1]), keras.layers.deserialize(written[0])
    assert [type(layer).__name__ for layer in crossed] == [type(theirs).__name__] * 2


@pytest.mark.parametrize("name", ["lstm", "gru-before", "simple", "stack", "bidirectional", "time", "conv"])
def test_files_go_both_ways(name: str, tmp_path) -> None:
    """Models and weights that one wrote, the other reads: equal weights, equal outputs."""
    x = IMAGES if name.startswith("conv") else X
    models: list[Any] = []
    for k in (multikeras, keras):
        inputs = k.Input(x.shape[1:])
        models.append(k.Model(inputs, MADE[name](k)(inputs)))
    for writer, reader, fresh, file in (
        (models[0], keras, models[1], "ours"),
        (models[1], multikeras, models[0], "theirs"),
    ):
        writer.save(tmp_path / f"{file}.keras")
        loaded = reader.saving.load_model(tmp_path / f"{file}.keras")
        writer.save_weights(tmp_path / f"{file}.weights.h5")
        fresh.load_weights(tmp_path / f"{file}.weights.h5")
        for other in (loaded, fresh):
            for a, b in zip(writer.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)
        assert_alike(leaves(writer.predict(x, verbose=0)), leaves(loaded.predict(x, verbose=0)))


def test_states_in_a_graph_go_both_ways(tmp_path) -> None:
    """An encoder whose states start a decoder, with embedded and masked tokens."""

    def translation(k):
        source, target = k.Input((None,), dtype="int32"), k.Input((None,), dtype="int32")
        embed = k.layers.Embedding(9, 4, mask_zero=True)
        _, h, c = k.layers.LSTM(5, return_state=True)(embed(source))
        decoded = k.layers.LSTM(5, return_sequences=True)(embed(target), initial_state=[h, c])
        decoded = k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True))(decoded)
        return k.Model([source, target], k.layers.TimeDistributed(k.layers.Dense(9))(decoded))

    models: list[Any] = [translation(multikeras), translation(keras)]
    ours, theirs = models
    tokens = [np.array([[3, 1, 0, 0], [2, 4, 5, 1]]), np.array([[1, 2, 3], [4, 0, 0]])]
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    for writer, reader, file in ((ours, keras, "ours"), (theirs, multikeras, "theirs")):
        loaded = reader.saving.load_model(tmp_path / f"{file}.keras")
        expected, received = (m.predict(tokens, verbose=0) for m in (writer, loaded))
        # What stands at padding is nobody's concern.
        np.testing.assert_allclose(received[tokens[1] > 0], expected[tokens[1] > 0], rtol=2e-5, atol=2e-6)
