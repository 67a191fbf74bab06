"""Every public layer: configuration, shapes, dtypes, masks, gradients, files and training."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.backend.binding import unbound
from multikeras.dtypes import lattice
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras.testing import assert_close
from multikeras_conformance.calls import dtypes_held
from multikeras_conformance.layer_cases import CASES, NOT_LAYERS, LayerCase, called

POLICIES = ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
TRAINED_KINDS = (
    *("Attention", "Bidirectional", "Conv", "Dense", "Embedding", "GRU", "LSTM", "Normalization", "PReLU", "RNN"),
    "TimeDistributed",
)
TRAINED = [c for c in CASES if any(kind in c.name for kind in TRAINED_KINDS)]
# What happens in training alone.
RANDOM = ("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each case, and for each policy where the test takes one."""
    if "case" in metafunc.fixturenames:
        rows = TRAINED if "trained" in metafunc.definition.name else CASES
        metafunc.parametrize("case", rows, ids=str)
    if "policy" in metafunc.fixturenames:
        held = dtypes_held()
        metafunc.parametrize("policy", [p for p in POLICIES if p.removeprefix("mixed_") in held])


def specs(inputs):
    """Symbolic tensors like the inputs, of a free batch size."""
    if isinstance(inputs, list):
        return [specs(x) for x in inputs]
    return keras.KerasTensor((None, *inputs.shape[1:]), lattice.standardize(inputs.dtype))


def shape_of(inputs):
    return [x.shape for x in inputs] if isinstance(inputs, list) else inputs.shape


def model_of(case: LayerCase, **more):
    """A model of the layer alone, which makes one number of each sample."""
    inputs = [keras.Input(s[1:], dtype=case.dtype) for s in case.shapes]
    x = case.make(name="layer", **more)(inputs[0] if len(inputs) == 1 else inputs)
    # Flatten would end the mask of a layer that makes one.
    x = layers.GlobalAveragePooling1D()(x) if case.name == "Masking" else layers.Flatten()(x)
    return keras.Model(inputs[0] if len(inputs) == 1 else inputs, layers.Dense(2, name="head")(x))


def test_every_public_layer_has_a_case() -> None:
    """A layer that is added is added to the table."""
    public = {unbound(getattr(layers, n)) for n in layers.__all__ if isinstance(getattr(layers, n), type)}
    covered = {unbound(getattr(layers, c.name)) for c in CASES} | {
        getattr(layers, n) for n in NOT_LAYERS if n != "Input"
    }
    assert sorted(k.__name__ for k in public - covered) == []


def test_layer_config_makes_an_equal_layer(case: LayerCase) -> None:
    """`from_config(get_config())`, by itself and through JSON, gives the same configuration and the same outputs."""
    layer, x = case.make(), case.inputs()
    expected = called(layer, x)
    config = layer.get_config()
    through_json = json.loads(json.dumps(serialize_keras_object(layer)))
    for twin in (case.kind.from_config(config), deserialize_keras_object(through_json)):
        assert unbound(type(twin)) is unbound(type(layer))
        assert json.dumps(serialize_keras_object(twin.get_config())) == json.dumps(serialize_keras_object(config))
        twin.build(shape_of(x)) if not twin.built else None
        twin.set_weights(layer.get_weights())
        np.testing.assert_array_equal(called(twin, x), expected)


def test_layer_arguments_are_all_in_its_config(case: LayerCase) -> None:
    """What was given to the constructor comes back: nothing is dropped silently."""
    config = case.make().get_config()
    assert set(case.arguments) <= set(config)


def test_symbolic_layer_output_is_like_the_eager_one(case: LayerCase) -> None:
    """Shape and dtype of a symbolic call and `compute_output_shape` are those of an eager call."""
    layer, x = case.make(), case.inputs()
    symbolic = layer(specs(x))
    eager = layer(x)
    assert len(symbolic.shape) == len(eager.shape)
    assert all(a in (None, b) for a, b in zip(symbolic.shape, eager.shape, strict=True))
    assert None not in symbolic.shape[1:], "only the batch size is free"
    assert symbolic.dtype == lattice.standardize(ops.convert_to_numpy(eager).dtype)
    assert tuple(case.make().compute_output_shape(shape_of(x))) == tuple(eager.shape)


def test_fresh_layer_is_built_alike_by_all_ways(case: LayerCase) -> None:
    """Building by shape, by a symbolic and by an eager call makes weights of the same names, shapes and dtypes."""
    x = case.inputs()
    made = []
    for how in (lambda layer: layer.build(shape_of(x)), lambda layer: layer(specs(x)), lambda layer: layer(x)):
        layer = case.make()
        how(layer)
        assert layer.built
        made.append([(v.name, v.shape, v.dtype, v.trainable) for v in layer.weights])
    assert made[0] == made[1] == made[2]


def test_layer_keeps_to_its_dtype_policy(case: LayerCase, policy: str) -> None:
    """Outputs have the compute dtype, weights the variable dtype; values are those of float32 to the dtype's
    precision."""
    plain, layer = case.make(), case.make(dtype=policy)
    x = case.inputs()
    expected = called(plain, x)
    layer.build(shape_of(x))
    layer.set_weights(plain.get_weights())
    assert {v.dtype for v in layer.weights} <= {layer.variable_dtype}
    received = called(layer, x)
    # What only hands its inputs on keeps integers.
    floats = lattice.is_float(case.dtype) or case.name in ("Embedding", "Rescaling", "ReversibleEmbedding")
    assert lattice.standardize(received.dtype) == (layer.compute_dtype if floats else case.dtype)
    assert layer(specs(x)).dtype == lattice.standardize(received.dtype)
    coarsest = layer.compute_dtype if layer.compute_dtype != "float64" else "float32"
    assert_close(received, expected.astype(np.float64), coarsest, tolerance=64)


def test_layer_sees_whether_it_is_trained(case: LayerCase) -> None:
    """Outside of training dropout does nothing and every call gives the same; `training` is taken by every layer."""
    layer, x = case.make(), case.inputs()
    first = called(layer, x, training=False)
    np.testing.assert_array_equal(called(layer, x), first)
    trained = called(layer, x, training=True)
    assert trained.shape == first.shape
    given = case.arguments
    amount = given.get("rate", given.get("stddev", 0))
    changes = case.name in ("BatchNormalization", "SpectralNormalization") or given.get("dropout", 0) > 0
    changes = changes or (case.name.startswith(RANDOM) and amount > 0)
    assert np.array_equal(trained, first) != changes


def test_trained_layer_gets_a_gradient_for_every_weight(case: LayerCase) -> None:
    """No trainable weight is cut off from the output."""
    if Capability.GRADIENTS not in current().can:
        return
    layer, x = case.make(), case.inputs()
    layer(x)
    weights = layer.trainable_weights
    if case.label == "lora":
        # One of the two factors starts at zero, and with it the gradient of the other.
        for v in weights:
            v.assign(ops.add(v.value, 0.1))
    shape = layer(x).shape
    direction = ops.convert_to_tensor(np.random.default_rng(1).normal(size=shape).astype("float32"))
    _, gradients = keras.value_and_grad(lambda: ops.sum(layer(x, training=True) * direction), weights)
    for v, g in zip(weights, gradients, strict=True):
        assert g is not None, v.path
        array = ops.convert_to_numpy(g)
        assert array.shape == v.shape
        assert np.any(array != 0), f"{v.path} has a gradient of zeros"
        assert np.all(np.isfinite(array))
    assert bool(weights) == any(v.trainable for v in layer.weights)


def test_frozen_layer_has_nothing_to_train(case: LayerCase) -> None:
    """`trainable=False` freezes the weights, also those made later; thawing spares statistics."""
    layer, x = case.make(), case.inputs()
    layer(x)
    trained = [v.name for v in layer.trainable_weights]
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == len(layer.weights)
    layer.trainable = True
    assert [v.name for v in layer.trainable_weights] == trained
    if case.name.startswith("SpatialDropout"):
        # Keras's constructor does not take `trainable`.
        return
    frozen = case.make(trainable=False)
    frozen(x)
    assert frozen.trainable_weights == []
    assert frozen.get_config()["trainable"] is False


def test_copied_layer_is_equal_and_its_own(case: LayerCase) -> None:
    """Pickling and deepcopy give a layer with equal outputs, whose weights are others."""
    layer, x = case.make(), case.inputs()
    expected = called(layer, x)
    for twin in (pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)):
        assert unbound(type(twin)) is unbound(type(layer))
        assert twin.get_config() == layer.get_config()
        np.testing.assert_array_equal(called(twin, x), expected)
        for a, b in zip(twin.weights, layer.weights, strict=True):
            assert a is not b
            before = b.numpy().copy()
            a.assign(ops.ones(a.shape, dtype=a.dtype) * 7)
            np.testing.assert_array_equal(b.numpy(), before)


def test_layer_in_a_file_comes_back_bit_for_bit(case: LayerCase, tmp_path) -> None:
    """`save` and `load_model`, `save_weights` and `load_weights`: weights equal, outputs equal."""
    model, x = model_of(case), case.inputs()
    expected = called(model, x)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    fresh = model_of(case)
    fresh.load_weights(tmp_path / "model.weights.h5")
    for twin in (loaded, fresh):
        for a, b in zip(twin.weights, model.weights, strict=True):
            assert a.dtype == b.dtype
            # Keras's files hold the kernel with the update of LoRA added, and none of its factors.
            if case.label != "lora":
                np.testing.assert_array_equal(a.numpy(), b.numpy())
        np.testing.assert_array_equal(called(twin, x), expected)


def test_two_steps_of_a_trained_layer_change_its_weights(case: LayerCase) -> None:
    """Training with the layer inside a model runs, and moves every trainable weight."""
    if Capability.GRADIENTS not in current().can:
        return
    model, x = model_of(case), case.inputs()
    y = np.random.default_rng(2).normal(size=(len(case.arrays()[0]), 2)).astype("float32")
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    layer = model.get_layer("layer")
    before = {v.path: v.numpy().copy() for v in layer.trainable_weights}
    losses = [model.train_on_batch(x, y) for _ in range(2)]
    assert all(np.isfinite(loss) for loss in losses)
    for v in layer.trainable_weights:
        assert np.any(v.numpy() != before[v.path]), v.path
