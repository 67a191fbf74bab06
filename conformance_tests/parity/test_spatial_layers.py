"""Layers on signals, images and volumes: configurations, outputs, gradients and files of Keras."""

from __future__ import annotations

import itertools

import jax
import keras
import numpy as np
import pytest
from multikeras_conformance.layer_cases import LayerCase, convolutional, regularization, reshaping

import multikeras

CASES = [*convolutional.CASES, *reshaping.CASES, *regularization.CASES]
ONE_EACH = list({case.name: case for case in CASES}.values())


def plain(config):
    """A configuration without what is another for each object: the names of layers, made up, and numbers of objects."""
    if isinstance(config, dict):
        return {k: plain(v) for k, v in config.items() if k not in ("name", "shared_object_id")}
    if isinstance(config, (list, tuple)):
        return [plain(v) for v in config]
    # Keras keeps some numbers in 32 bits.
    return round(config, 6) if isinstance(config, float) else config


def pair(case: LayerCase):
    """Keras's layer and ours, built alike and with the same weights, none of them zero."""
    theirs, ours = getattr(keras.layers, case.name)(**case.arguments), case.make()
    x = case.inputs()
    theirs.build(x.shape)
    ours.build(x.shape)
    assert [(v.name, v.shape) for v in ours.weights] == [(v.name, tuple(v.shape)) for v in theirs.weights]
    rng = np.random.default_rng(5)
    weights = [rng.normal(size=w.shape).astype(w.dtype) for w in ours.get_weights()]
    weights = [old if old.dtype.kind != "f" else new for old, new in zip(ours.get_weights(), weights, strict=True)]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours, x


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_is_keras(case: LayerCase) -> None:
    """Output, and the gradients of a sum of it with respect to input and weights, each as one program."""
    theirs, ours, x = pair(case)
    direction = np.random.default_rng(6).normal(size=theirs.compute_output_shape(x.shape)).astype("float32")

    def outputs_and_gradients(layer):
        def function(trainable, others, inputs):
            y = layer.stateless_call(trainable, others, inputs)[0]
            return (y * direction).sum(), y

        variables = ([v.value for v in part] for part in (layer.trainable_variables, layer.non_trainable_variables))
        gradients, y = jax.jit(jax.grad(function, argnums=(0, 2), has_aux=True))(*variables, x)
        return np.asarray(y), jax.tree.leaves(gradients)

    (received, mine), (wanted, others) = outputs_and_gradients(ours), outputs_and_gradients(theirs)
    assert received.dtype == wanted.dtype
    np.testing.assert_allclose(received, wanted, rtol=2e-4, atol=2e-5)
    for a, b in zip(mine, others, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_has_the_configuration_of_keras(case: LayerCase) -> None:
    """The same keys and values, and each side makes a layer of the other's."""
    theirs, ours = getattr(keras.layers, case.name)(**case.arguments), case.make()
    assert plain(keras.saving.serialize_keras_object(theirs)) == plain(multikeras.saving.serialize_keras_object(ours))
    assert plain(type(theirs).from_config(ours.get_config()).get_config()) == plain(theirs.get_config())
    assert plain(case.kind.from_config(theirs.get_config()).get_config()) == plain(ours.get_config())


@pytest.mark.parametrize("case", ONE_EACH, ids=str)
def test_file_with_the_layer_goes_both_ways(case: LayerCase, tmp_path) -> None:
    """What one side wrote the other reads, weights and all."""
    models = []
    for k in (keras, multikeras):
        inputs = k.Input(case.shapes[0][1:])
        models.append(k.Model(inputs, getattr(k.layers, case.name)(**case.arguments)(inputs)))
    theirs, ours = models
    theirs.save(tmp_path / "theirs.keras")
    ours.save(tmp_path / "ours.keras")
    x = case.inputs()
    for model, other in (
        (theirs, multikeras.saving.load_model(tmp_path / "theirs.keras")),
        (ours, keras.saving.load_model(tmp_path / "ours.keras")),
    ):
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(np.asarray(model(x)), np.asarray(other(x)), rtol=2e-4, atol=2e-5)


def resized(k, x, *arguments, **options) -> np.ndarray:
    """What a library makes of images, in one program."""
    return np.asarray(jax.jit(lambda x: k.ops.image.resize(x, *arguments, **options))(x))


SIZES = [((2, 4, 5, 3), (7, 3)), ((9, 5, 2), (3, 9))]


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"])
@pytest.mark.parametrize(
    "options",
    [{}, {"antialias": True}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 3.0}],
    ids=lambda options: "-".join(options) or "plain",
)
@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
def test_resized_images_are_keras(interpolation: str, options: dict, dtype: str) -> None:
    """Every interpolation with every option, in both formats."""
    # How the axes lie does not depend on the dtype.
    formats = ("channels_last", "channels_first") if dtype == "float32" else ("channels_last",)
    for (shape, size), form in itertools.product(SIZES, formats):
        x = np.random.default_rng(len(shape)).uniform(0, 200, shape).astype(dtype)
        given = x if form == "channels_last" else np.moveaxis(x, -1, -3)
        wanted, received = (
            resized(k, given, size, interpolation, data_format=form, **options) for k in (keras, multikeras)
        )
        assert received.dtype == wanted.dtype
        assert received.shape == wanted.shape
        error = np.abs(received.astype(np.float64) - wanted.astype(np.float64))
        assert error.max() <= {"float32": 2e-3, "float16": 1.0, "uint8": 1.0}[dtype]
        if dtype == "uint8":
            # A half may be rounded to either side, and nothing else.
            exact = resized(multikeras, given.astype("float32"), size, interpolation, data_format=form, **options)
            assert (np.abs(exact % 1 - 0.5)[error > 0] < 1e-3).all()
