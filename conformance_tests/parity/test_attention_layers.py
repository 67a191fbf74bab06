"""Attention, tables, normalizations and products: configurations, outputs, gradients and files of Keras."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest
from multikeras_conformance.layer_cases import LayerCase, activation, attention, einsum, embedding, normalization
from parity.differences import layers_left_out

import multikeras

# Spectral normalization and low-rank adapters have tests of their own below.
_ALL = [
    case
    for module in (activation, attention, einsum, embedding, normalization)
    for case in module.CASES
    if case.name != "SpectralNormalization" and case.label != "lora"
]
CASES = [case for case in _ALL if str(case) not in layers_left_out()]
ONE_EACH = list({case.name: case for case in CASES}.values())
# Layers that are called on queries and values, each for itself.
OF_TWO = ("GroupQueryAttention", "MultiHeadAttention")


def plain(config):
    """A configuration without what is another for each object, and without the shapes of wrapped layers."""
    if isinstance(config, dict):
        left_out = ("build_config", "name", "shared_object_id")
        return {k: plain(v) for k, v in config.items() if k not in left_out}
    if isinstance(config, (list, tuple)):
        return [plain(v) for v in config]
    # Keras keeps some numbers in 32 bits.
    return round(config, 6) if isinstance(config, float) else config


def make(k, case: LayerCase, **more):
    """The layer of one side."""
    return getattr(k.layers, case.name)(**{**case.arguments, **more})


def called(layer, case: LayerCase, x, **more):
    """The layer on the inputs of a case."""
    return layer(x, x, **more) if case.name in OF_TWO else layer(x, **more)


def pair(case: LayerCase):
    """Keras's layer and ours, built alike and with the same weights, none of them zero."""
    theirs, ours, x = make(keras, case), make(multikeras, case), case.inputs()
    called(theirs, case, x)
    called(ours, case, x)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]
    rng = np.random.default_rng(5)
    weights = [rng.normal(size=w.shape).astype(w.dtype) for w in ours.get_weights()]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours, x


def assert_equal_gradients(theirs, ours, case: LayerCase, x, **more) -> None:
    """Output, and the gradients of a sum of it with respect to inputs and weights."""
    wanted, received = (np.asarray(called(layer, case, x, **more)) for layer in (theirs, ours))
    assert received.dtype == wanted.dtype
    np.testing.assert_allclose(received, wanted, rtol=2e-4, atol=2e-5)
    direction = np.random.default_rng(6).normal(size=wanted.shape).astype("float32")
    of_floats = np.asarray(jax.tree.leaves(x)[0]).dtype.kind == "f"

    def gradients(layer):
        def function(trainable, others, inputs):
            given = (inputs, inputs) if case.name in OF_TWO else (inputs,)
            return (layer.stateless_call(trainable, others, *given, **more)[0] * direction).sum()

        variables = ([v.value for v in part] for part in (layer.trainable_variables, layer.non_trainable_variables))
        # One program, rather than one for each op and its gradient.
        return jax.jit(jax.grad(function, argnums=(0, 2) if of_floats else 0))(*variables, x)

    for a, b in zip(jax.tree.leaves(gradients(ours)), jax.tree.leaves(gradients(theirs)), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_is_keras(case: LayerCase) -> None:
    """With the same weights."""
    theirs, ours, x = pair(case)
    assert_equal_gradients(theirs, ours, case, x)


@pytest.mark.parametrize("name", sorted(layers_left_out()))
def test_layer_that_is_left_out_differs(name: str) -> None:
    """Keras fails, or has another result; where that has changed, the list of differences says too much."""
    (case,) = (case for case in _ALL if str(case) == name)

    def compare() -> None:
        theirs, ours, x = pair(case)
        assert_equal_gradients(theirs, ours, case, x)

    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever Keras raises, or the comparison
        compare()


@pytest.mark.parametrize("case", [c for c in CASES if c.name in OF_TWO and c.label != "images"], ids=str)
@pytest.mark.parametrize("causal", [False, True])
def test_attention_with_masks_is_keras(case: LayerCase, causal: bool) -> None:
    """An `attention_mask` that leaves each query something, and the causal rule."""
    theirs, ours, x = pair(case)
    if case.label == "axes":
        # Keras takes the causal rule along the axis behind the batch's, which is that of the case.
        mask = np.random.default_rng(0).random((2, 4, 3, 3)) > 0.4
    else:
        mask = np.random.default_rng(0).random((2, 5, 5)) > 0.4
    mask |= np.eye(mask.shape[-1], dtype=bool)
    assert_equal_gradients(theirs, ours, case, x, attention_mask=mask, use_causal_mask=causal)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_has_the_configuration_of_keras(case: LayerCase) -> None:
    """The same keys and values, and each side makes a layer of the other's."""
    theirs, ours = make(keras, case), make(multikeras, case)
    assert plain(keras.saving.serialize_keras_object(theirs)) == plain(multikeras.saving.serialize_keras_object(ours))
    assert plain(type(theirs).from_config(ours.get_config()).get_config()) == plain(theirs.get_config())
    assert plain(type(ours).from_config(theirs.get_config()).get_config()) == plain(ours.get_config())


def model_of(k, case: LayerCase):
    """A model of the layer alone."""
    inputs = [k.Input(shape[1:], dtype=case.dtype) for shape in case.shapes]
    x = inputs[0] if len(inputs) == 1 else inputs
    return k.Model(x, called(make(k, case), case, x))


def assert_read_by_both(theirs, ours, x, folder) -> None:
    """What one side wrote the other reads, weights and all."""
    theirs.save(folder / "theirs.keras")
    ours.save(folder / "ours.keras")
    for model, other in (
        (theirs, multikeras.saving.load_model(folder / "theirs.keras")),
        (ours, keras.saving.load_model(folder / "ours.keras")),
    ):
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(np.asarray(model(x)), np.asarray(other(x)), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("case", ONE_EACH, ids=str)
def test_file_with_the_layer_goes_both_ways(case: LayerCase, tmp_path) -> None:
    """Whole models in files."""
    assert_read_by_both(model_of(keras, case), model_of(multikeras, case), case.inputs(), tmp_path)


@pytest.mark.parametrize("case", [c for c in embedding.CASES + einsum.CASES if c.label == "lora"], ids=str)
def test_lora_is_keras(case: LayerCase, tmp_path) -> None:
    """The weights by name, the output with them, and files, which hold the sum."""
    # Keras's Embedding forgets an `alpha` that is not the rank.
    alpha = {"lora_alpha": case.arguments["lora_rank"]} if case.name == "Embedding" else {}
    theirs, ours, x = make(keras, case, **alpha), make(multikeras, case, **alpha), case.inputs()
    theirs(x)
    ours(x)
    named = {v.name: v for v in theirs.weights}
    assert {v.name: (v.shape, v.trainable) for v in ours.weights} == {
        v.name: (tuple(v.shape), v.trainable) for v in named.values()
    }
    for v in ours.weights:
        value = np.random.default_rng(len(v.name)).normal(size=v.shape).astype("float32")
        v.assign(value)
        named[v.name].assign(value)
    np.testing.assert_allclose(np.asarray(ours(x)), np.asarray(theirs(x)), rtol=1e-4, atol=1e-5)
    models = [
        k.Sequential([k.Input(case.shapes[0][1:], dtype=case.dtype), v])
        for k, v in ((keras, theirs), (multikeras, ours))
    ]
    for (writer, reader), name in zip(((0, 1), (1, 0)), ("theirs", "ours"), strict=True):
        models[writer].save_weights(tmp_path / f"{name}.weights.h5")
        models[reader].load_weights(tmp_path / f"{name}.weights.h5")
        np.testing.assert_allclose(np.asarray(models[reader](x)), np.asarray(models[writer](x)), rtol=1e-4, atol=1e-5)


def test_spectral_normalization_is_keras(tmp_path) -> None:
    """Weights after training steps, configuration and files."""
    pairs = [k.layers.SpectralNormalization(k.layers.Dense(4), power_iterations=2) for k in (keras, multikeras)]
    theirs, ours = pairs
    x = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    theirs(x)
    ours(x)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]
    weights = [np.random.default_rng(1).normal(size=w.shape).astype("float32") for w in ours.get_weights()]
    for layer in pairs:
        layer.set_weights(weights)
        for _ in range(2):
            layer(x, training=True)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    configs = [plain(k.saving.serialize_keras_object(v)) for k, v in ((keras, theirs), (multikeras, ours))]
    assert configs[0] == configs[1]
    models = [k.Sequential([k.Input((3,)), v]) for k, v in ((keras, theirs), (multikeras, ours))]
    assert_read_by_both(*models, x, tmp_path)


def transformer(k):
    """A classifier of padded texts."""
    tokens = k.Input((None,), dtype="int32")
    x = k.layers.Embedding(11, 8, mask_zero=True)(tokens)
    y = k.layers.LayerNormalization()(x)
    y = k.layers.MultiHeadAttention(2, 4)(y, y)
    x = k.layers.Add()([x, y])
    y = k.layers.Dense(16, activation="gelu")(k.layers.LayerNormalization()(x))
    x = k.layers.Add()([x, k.layers.Dense(8)(y)])
    x = k.layers.GlobalAveragePooling1D()(x)
    model = k.Model(tokens, k.layers.Dense(3)(x))
    model.compile(k.optimizers.SGD(0.1), k.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_training_of_padded_texts_is_keras(tmp_path) -> None:
    """Losses and weights of some steps on batches with padding, and files both ways."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(1, 11, (8, 6)).astype("int32") * (np.arange(6) < rng.integers(1, 7, (8, 1)))
    labels = rng.integers(0, 3, 8)
    theirs, ours = transformer(keras), transformer(multikeras)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours.predict(tokens, verbose=0), theirs.predict(tokens, verbose=0), rtol=1e-4, atol=1e-5)
    for _ in range(4):
        for model in (theirs, ours):
            model.reset_metrics()
        losses = [model.train_on_batch(tokens, labels) for model in (theirs, ours)]
        np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    for v, a, b in zip(ours.weights, ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-4, err_msg=v.path)
    assert_read_by_both(theirs, ours, tokens, tmp_path)


@pytest.mark.parametrize("how", ["plain", "bias", "mask", "causal", "mask-causal", "groups"])
def test_dot_product_attention_is_keras(how: str) -> None:
    """Where Keras takes the arguments; a query that may attend to nothing gets the mean of all values."""
    rng = np.random.default_rng(0)
    heads = 2 if how == "groups" else 4
    q, k, v = (rng.normal(size=(2, n, h, 8)).astype("float32") for n, h in ((5, 4), (6, heads), (6, heads)))
    given: dict = {"is_causal": "causal" in how}
    if how == "bias":
        given["bias"] = rng.normal(size=(2, 4, 5, 6)).astype("float32")
    if "mask" in how:
        given["mask"] = rng.random((2, 1, 5, 6)) > 0.4
        given["mask"][0, 0, 1] = False
    wanted = np.asarray(keras.ops.dot_product_attention(q, k, v, **given))
    np.testing.assert_allclose(np.asarray(multikeras.ops.dot_product_attention(q, k, v, **given)), wanted, atol=1e-5)
    if "mask" in how:
        np.testing.assert_allclose(wanted[0, 1], np.broadcast_to(v[0].mean(0), (4, 8)), atol=1e-5)
