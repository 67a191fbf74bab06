"""Lambda: a function as a layer, and files that bring no code."""

from __future__ import annotations

import json

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.errors import ArgumentError, SerializationError
from multikeras.state.masks import get_mask, set_mask


@keras.saving.register_keras_serializable("conformance")
def scaled(x, factor=2.0):
    """A function with a name."""
    return ops.multiply(x, factor)


CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAA=", "defaults": None, "closure": None}}


def test_lambda_is_its_function() -> None:
    """With arguments; `training` and `mask` where the function takes them."""
    x = np.array([[1.0, 2.0]], "float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(layers.Lambda(scaled, arguments={"factor": 3.0})(x)), 3 * x)

    def told(x, training, mask=None):
        return x + (10.0 if training else 0.0) + (100.0 if mask is not None else 0.0)

    layer = layers.Lambda(told, mask=lambda x, mask: mask)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x)), x)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x, training=True)), x + 10)
    marked = ops.convert_to_tensor(x)
    set_mask(marked, ops.convert_to_tensor(np.array([True])))
    y = layer(marked, training=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(y), x + 110)
    assert get_mask(y) is not None


def test_lambda_makes_a_mask_of_its_own() -> None:
    """`mask` may be a function of the inputs."""
    layer = layers.Lambda(lambda x: x, mask=lambda x, mask: ops.not_equal(x[..., 0], 0.0))
    y = layer(np.array([[[1.0], [0.0]]], "float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(get_mask(y)), [[True, False]])


@pytest.mark.parametrize("shape", [(4,), lambda given: (given[0], 2 * given[1])], ids=["tuple", "function"])
def test_lambda_takes_its_output_shape(shape) -> None:
    """It is believed, without a trial of the function."""
    x = keras.Input((2,))
    assert layers.Lambda(lambda x: ops.concatenate([x, x], axis=-1), output_shape=shape)(x).shape == (None, 4)
    assert layers.Lambda(lambda x: ops.concatenate([x, x], axis=-1))(x).shape == (None, 4)


def test_lambda_of_a_named_function_is_saved(tmp_path) -> None:
    """The file names it."""
    model = keras.Sequential([keras.Input((2,)), layers.Lambda(scaled, arguments={"factor": 0.5}), layers.Dense(1)])
    x = np.array([[1.0, 2.0]], "float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(x)), ops.convert_to_numpy(model(x)))


def test_lambda_without_a_name_is_not_saved(tmp_path) -> None:
    """Its code would have to be run to load it."""
    model = keras.Sequential([keras.Input((2,)), layers.Lambda(lambda x: x)])
    with pytest.raises(SerializationError, match="lambda can't be written down"):
        model.save(tmp_path / "model.keras")


@pytest.mark.parametrize("safe_mode", [None, True, False])
def test_code_in_a_configuration_is_never_run(safe_mode) -> None:
    """Not even where it is asked for; the function is given by the name of the layer instead."""
    config = {"name": "halved", "function": CODE, "arguments": {}}
    with pytest.raises(SerializationError, match=r"Code in a file is not run: the layer 'halved'") as caught:
        layers.Lambda.from_config(config, safe_mode=safe_mode)
    assert "custom_objects={'halved': function}" in str(caught.value)
    row = json.dumps({"module": "keras.layers", "class_name": "Lambda", "config": config, "registered_name": None})
    with pytest.raises(SerializationError, match="Code in a file is not run"):
        keras.saving.deserialize_keras_object(json.loads(row), safe_mode=False)
    made = keras.saving.deserialize_keras_object(json.loads(row), custom_objects={"halved": lambda x: x / 2})
    assert ops.convert_to_numpy(made(np.array([3.0], "float32"))).item() == 1.5


def test_lambda_takes_functions_alone() -> None:
    """Anything else is refused."""
    with pytest.raises(ArgumentError, match="takes a function"):
        layers.Lambda("relu")
