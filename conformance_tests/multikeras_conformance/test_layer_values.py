"""Values of layers against NumPy in float64, and against loops."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers
from multikeras.testing import assert_close
from multikeras.testing.oracles import conv, pool
from multikeras_conformance.layer_cases import CASES, called


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
