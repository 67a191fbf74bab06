"""Every public layer: configuration, shapes, dtypes, masks, gradients, files and training."""

from __future__ import annotations

import copy
import json
import pickle
import warnings

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.backend.binding import unbound
from multikeras.dtypes import lattice
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras.testing import assert_close
from multikeras.testing.oracles import conv, pool
from multikeras_conformance.calls import dtypes_held
from multikeras_conformance.layer_cases import CASES, NOT_LAYERS, LayerCase

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


def called(layer, inputs, **kwargs) -> np.ndarray:
    return ops.convert_to_numpy(layer(inputs, **kwargs))


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


# -- Masks ------------------------------------------------------------------------------------------------------------


def masked(shape=(2, 3, 4)):
    """A tensor whose second step is padding in the first sample."""
    from multikeras.state.masks import set_mask

    x = ops.convert_to_tensor(np.random.default_rng(0).normal(size=shape).astype("float32"))
    mask = np.ones(shape[:2], bool)
    mask[0, 1] = False
    set_mask(x, ops.convert_to_tensor(mask))
    return x, mask


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Activation("relu"),
        lambda: layers.BatchNormalization(),
        lambda: layers.Dense(2),
        lambda: layers.Dropout(0.5),
        lambda: layers.Identity(),
        lambda: layers.Rescaling(2.0),
    ],
    ids=["Activation", "BatchNormalization", "Dense", "Dropout", "Identity", "Rescaling"],
)
@pytest.mark.parametrize("training", [False, True])
def test_mask_is_handed_on(make, training: bool) -> None:
    """Layers that keep the steps hand the mask on, in both modes, also at later calls."""
    from multikeras.state.masks import get_mask

    layer = make()
    layer(ops.ones((2, 3, 4)))
    for _ in range(2):
        x, mask = masked()
        found = get_mask(layer(x, training=training))
        assert found is not None
        np.testing.assert_array_equal(ops.convert_to_numpy(found), mask)


@pytest.mark.parametrize("make", [lambda: layers.Conv1D(2, 2), lambda: layers.Flatten(), lambda: layers.Reshape((12,))])
def test_mask_that_ends_is_warned_of(make) -> None:
    """A layer that changes the steps stops the mask, and says so."""
    from multikeras.state.masks import get_mask

    x, _ = masked()
    layer = make()
    with pytest.warns(UserWarning, match="does not hand on masks"):
        y = layer(x)
    assert get_mask(y) is None


def test_mean_over_steps_leaves_padding_out() -> None:
    """GlobalAveragePooling1D divides by the number of steps that are data; its output has no mask, and nothing is
    warned of."""
    from multikeras.state.masks import get_mask

    x, mask = masked()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = layers.GlobalAveragePooling1D()(x)
    assert get_mask(y) is None
    array = ops.convert_to_numpy(x).astype(np.float64)
    expected = np.stack([array[i][mask[i]].mean(axis=0) for i in range(2)])
    assert_close(ops.convert_to_numpy(y), expected, "float32")


def test_masks_of_merged_inputs() -> None:
    """A step of a sum is data where it is data in any input; without a mask on each there is none."""
    from multikeras.state.masks import get_mask, set_mask

    x, first = masked()
    y, _ = masked()
    second = np.ones((2, 3), bool)
    second[1, 2] = False
    set_mask(y, ops.convert_to_tensor(second))
    found = get_mask(layers.Add()([x, y]))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), first | second)
    assert get_mask(layers.Add()([x, ops.ones((2, 3, 4))])) is None
    joined = get_mask(layers.Concatenate(axis=1)([x, y]))
    np.testing.assert_array_equal(ops.convert_to_numpy(joined), np.concatenate([first, second], axis=1))


def test_mask_reaches_the_loss_of_a_model() -> None:
    """Masked steps count neither in the loss nor in its gradient."""
    from multikeras.state.masks import set_mask

    class Marked(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1, kernel_initializer="ones")

        def call(self, x):
            y = ops.multiply(x, 1.0)
            set_mask(y, ops.any(ops.not_equal(x, 0.0), axis=-1))
            return self.dense(y)

    model = Marked()
    model.compile(optimizer="sgd", loss="mse")
    x = np.ones((2, 3, 4), "float32")
    x[0, 1:] = 0.0
    y = np.zeros((2, 3, 1), "float32")
    # Four steps are data, each with a squared error of 16; the other two would pull the mean down.
    assert model.evaluate(x, y, verbose=0) == pytest.approx(16.0)


# -- Values -----------------------------------------------------------------------------------------------------------


def test_dense_is_a_product_with_a_bias() -> None:
    """Against NumPy in float64."""
    layer = layers.Dense(4, activation="tanh", bias_initializer="uniform")
    x = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    received = called(layer, x)
    kernel, bias = (w.astype(np.float64) for w in layer.get_weights())
    assert_close(received, np.tanh(x.astype(np.float64) @ kernel + bias), "float32", 32)


def test_lora_adds_a_low_rank_product() -> None:
    """The kernel of a Dense with LoRA is `kernel + alpha / rank * a @ b`, and only a, b and the bias are trained."""
    layer = layers.Dense(4, lora_rank=2, lora_alpha=6)
    x = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    layer(x)
    for v in layer.trainable_weights:
        v.assign(np.random.default_rng(len(v.shape)).normal(size=v.shape).astype("float32"))
    named = {v.name: v.numpy().astype(np.float64) for v in layer.weights}
    assert sorted(v.name for v in layer.trainable_weights) == ["bias", "lora_kernel_a", "lora_kernel_b"]
    kernel = named["kernel"] + 6 / 2 * named["lora_kernel_a"] @ named["lora_kernel_b"]
    assert_close(called(layer, x), x.astype(np.float64) @ kernel + named["bias"], "float32", 32)


def test_convolution_layers_are_the_oracles() -> None:
    """Every case of a convolution against a loop over its entries."""
    activations = {None: lambda x: x, "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}
    for case in CASES:
        if case.name not in ("Conv1D", "Conv2D", "Conv3D"):
            continue
        layer, x = case.make(), case.inputs()
        received = called(layer, x)
        given = case.arguments
        kernel, *bias = (w.astype(np.float64) for w in layer.get_weights())
        wide, padding = x.astype(np.float64), given.get("padding", "valid")
        if padding == "causal":
            reach = (given["kernel_size"] - 1) * given.get("dilation_rate", 1)
            wide, padding = np.pad(wide, ((0, 0), (reach, 0), (0, 0))), "valid"
        form = given.get("data_format", "channels_last")
        y = conv(wide, kernel, given.get("strides", 1), padding, form, given.get("dilation_rate", 1))
        if bias:
            y = y + (bias[0].reshape(-1, *(1,) * (y.ndim - 2)) if form == "channels_first" else bias[0])
        assert_close(received, activations[given.get("activation")](y), "float32", 64, str(case))


def test_pooling_layers_are_the_oracles() -> None:
    """Every case of a pooling against a loop over its windows."""
    for case in CASES:
        if "Pooling" not in case.name:
            continue
        combine = np.max if "Max" in case.name else np.mean
        x, given = case.inputs(), case.arguments
        wide, form = x.astype(np.float64), given.get("data_format", "channels_last")
        if case.name.startswith("Global"):
            axes = tuple(range(1, x.ndim - 1)) if form == "channels_last" else tuple(range(2, x.ndim))
            expected = combine(wide, axis=axes, keepdims=given.get("keepdims", False))
        else:
            size = given.get("pool_size", 2)
            expected = pool(combine, wide, size, given.get("strides"), given.get("padding", "valid"), form)
        assert_close(called(case.make(), x), expected, "float32", 16, str(case))


def test_merge_layers_are_numpys() -> None:
    """Every case of a merge against NumPy."""
    combine = {
        "Add": lambda xs: sum(xs),
        "Average": lambda xs: sum(xs) / len(xs),
        "Maximum": lambda xs: np.max(np.stack(np.broadcast_arrays(*xs)), axis=0),
        "Minimum": lambda xs: np.min(np.stack(np.broadcast_arrays(*xs)), axis=0),
        "Multiply": lambda xs: np.prod(np.stack(np.broadcast_arrays(*xs)), axis=0),
        "Subtract": lambda xs: xs[0] - xs[1],
    }
    for case in CASES:
        if case.name not in combine:
            continue
        xs = [x.astype(np.float64) for x in case.arrays()]
        most = max(x.ndim for x in xs)
        xs = [x.reshape(x.shape[0], *(1,) * (most - x.ndim), *x.shape[1:]) for x in xs]
        assert_close(called(case.make(), case.inputs()), combine[case.name](xs), "float32", 16, str(case))
    x, y = (np.random.default_rng(i).normal(size=(2, 3, 4)).astype("float32") for i in range(2))
    joined = called(layers.Concatenate(axis=1), [x, y])
    np.testing.assert_array_equal(joined, np.concatenate([x, y], axis=1))
    products = called(layers.Dot(axes=(2, 2)), [x, y])
    assert_close(products, np.einsum("bij,bkj->bik", x.astype(float), y.astype(float)), "float32", 16)
    unit = [v.astype(float) / np.linalg.norm(v.astype(float), axis=-1, keepdims=True) for v in (x[:, 0], y[:, 0])]
    cosines = called(layers.Dot(axes=1, normalize=True), [x[:, 0], y[:, 0]])
    assert_close(cosines, np.sum(unit[0] * unit[1], axis=1, keepdims=True), "float32", 16)


@pytest.mark.parametrize("axis", [-1, 1])
def test_batch_normalization_is_the_formula(axis: int) -> None:
    """Training: the batch's mean and (biased) variance, moving averages; else: the moving averages."""
    layer = layers.BatchNormalization(axis=axis, momentum=0.75, epsilon=0.02)
    x = np.random.default_rng(0).normal(3.0, 2.0, size=(4, 3, 5)).astype("float32")
    layer.build(x.shape)
    size = x.shape[axis]
    gamma, beta = (np.random.default_rng(i).normal(size=size).astype("float32") for i in (1, 2))
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    wide = x.astype(np.float64)
    shape = (1, size, 1) if axis == 1 else (size,)
    reduced = (0, 2) if axis == 1 else (0, 1)
    mean, variance = wide.mean(reduced), wide.var(reduced)

    def normalized(mean, variance):
        scaled = (wide - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + 0.02)
        return gamma.reshape(shape) * scaled + beta.reshape(shape)

    assert_close(called(layer, x, training=True), normalized(mean, variance), "float32", 32)
    moving_mean, moving_variance = 0.25 * mean, 0.75 + 0.25 * variance
    assert_close(layer.moving_mean.numpy(), moving_mean, "float32", 16)
    assert_close(layer.moving_variance.numpy(), moving_variance, "float32", 16)
    assert_close(called(layer, x), normalized(moving_mean, moving_variance), "float32", 32)
    layer.trainable = False
    assert_close(called(layer, x, training=True), normalized(moving_mean, moving_variance), "float32", 32)


def test_batch_normalization_leaves_masked_steps_out() -> None:
    """Statistics are those of the steps that are data."""
    x, mask = masked((4, 3, 2))
    layer = layers.BatchNormalization(momentum=0.0)
    layer(x, training=True)
    kept = ops.convert_to_numpy(x).astype(np.float64)[mask]
    assert_close(layer.moving_mean.numpy(), kept.mean(axis=0), "float32", 16)
    assert_close(layer.moving_variance.numpy(), kept.var(axis=0), "float32", 16)


@pytest.mark.parametrize("mode", ["fast", "portable"])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean(rate: float, mode: str) -> None:
    """Entries are zero or divided by `1 - rate`; the share of zeros is the rate within five standard deviations."""
    keras.config.set_random(mode)
    layer = layers.Dropout(rate)
    y = called(layer, np.full((200, 500), 3.0, "float32"), training=True)
    kept = y[y != 0]
    assert_close(kept, np.full(kept.shape, 3.0 / (1 - rate)), "float32", 16)
    share = 1 - kept.size / y.size
    assert abs(share - rate) < 5 * np.sqrt(rate * (1 - rate) / y.size)
    again = called(layer, np.full((200, 500), 3.0, "float32"), training=True)
    assert not np.array_equal(y, again), "every call draws anew"


def test_dropout_drops_whole_slices() -> None:
    """A noise shape of 1 along an axis drops it as one."""
    layer = layers.Dropout(0.5, noise_shape=(None, 1, 8))
    y = called(layer, np.ones((16, 5, 8), "float32"), training=True)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert 0 < np.count_nonzero(y) < y.size


def test_dropout_of_everything_is_zeros() -> None:
    """With a rate of 1 nothing is left, and nothing is nan."""
    np.testing.assert_array_equal(called(layers.Dropout(1.0), np.ones((2, 3), "float32"), training=True), 0.0)


def test_rescaling_computes_in_its_own_dtype() -> None:
    """Also integers, one factor for each channel."""
    x = np.array([[0, 128, 255]], np.uint8)
    expected = x.astype(np.float64) * [1 / 255, 0.5, 2.0] + [0.0, 1.0, -1.0]
    layer = layers.Rescaling([1 / 255, 0.5, 2.0], [0.0, 1.0, -1.0])
    assert_close(called(layer, x), expected, "float32")


def test_reshaping_keeps_the_order_of_entries() -> None:
    """Flatten and Reshape are NumPy's reshape; with channels first the channels end up innermost."""
    x = np.arange(48, dtype="float32").reshape(2, 2, 3, 4)
    np.testing.assert_array_equal(called(layers.Flatten(), x), x.reshape(2, -1))
    np.testing.assert_array_equal(called(layers.Flatten("channels_first"), x), x.transpose(0, 2, 3, 1).reshape(2, -1))
    np.testing.assert_array_equal(called(layers.Reshape((4, -1)), x), x.reshape(2, 4, 6))


# -- The base class ---------------------------------------------------------------------------------------------------


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
