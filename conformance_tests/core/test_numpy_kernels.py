"""The convolutions and poolings of the NumPy backend against loops written from their definitions, in float64."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import pytest
from multikeras_numpy import kernels
from multikeras_numpy.kernels import columns, correlation, depthwise, max_pooling

Array = np.ndarray[Any, Any]


class Setting(NamedTuple):
    """One convolution: ``groups`` groups of ``members`` channels and ``filters`` filters each."""

    cells: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str
    groups: int = 1
    members: int = 2
    filters: int = 3


SETTINGS = [
    Setting((7,), (3,), (1,), (1,), "valid"),
    Setting((7,), (3,), (2,), (1,), "same"),
    Setting((6,), (2,), (1,), (3,), "same"),
    Setting((9,), (2,), (3,), (2,), "valid", groups=2),
    Setting((2,), (5,), (1,), (1,), "same"),
    Setting((5,), (1,), (1,), (1,), "valid"),
    Setting((5,), (1,), (3,), (1,), "same"),
    Setting((5, 4), (3, 2), (1, 1), (1, 1), "valid"),
    Setting((5, 4), (3, 3), (2, 1), (1, 1), "same"),
    Setting((5, 6), (2, 3), (2, 3), (1, 1), "same", groups=3, members=1, filters=2),
    Setting((6, 5), (2, 2), (1, 2), (2, 3), "valid", groups=2, members=2, filters=1),
    Setting((6, 5), (3, 3), (1, 1), (2, 1), "same", members=14, filters=1),
    Setting((4, 5), (3, 3), (1, 2), (1, 1), "same", groups=4, members=1, filters=1),
    Setting((4, 4), (2, 2), (2, 2), (1, 1), "valid", members=1, filters=2),
    Setting((3, 4, 3), (2, 3, 1), (1, 1, 1), (1, 1, 1), "valid"),
    Setting((3, 4, 3), (2, 2, 3), (2, 1, 2), (1, 2, 1), "same"),
    Setting((3, 3, 4), (3, 2, 2), (1, 2, 1), (1, 1, 2), "same", groups=2, members=1, filters=1),
]

POOLINGS = [
    Setting((6,), (2,), (2,), (1,), "valid"),
    Setting((7,), (2,), (2,), (1,), "same"),
    Setting((7,), (3,), (2,), (1,), "valid"),
    Setting((7,), (2,), (3,), (1,), "valid"),
    Setting((2,), (4,), (1,), (1,), "same"),
    Setting((40,), (20,), (20,), (1,), "valid"),
    Setting((4, 6), (2, 2), (2, 2), (1, 1), "valid"),
    Setting((5, 7), (2, 3), (2, 3), (1, 1), "valid"),
    Setting((5, 7), (2, 3), (2, 3), (1, 1), "same"),
    Setting((5, 5), (3, 3), (1, 2), (1, 1), "same"),
    Setting((4, 5), (1, 3), (1, 1), (1, 1), "valid"),
    Setting((4, 5), (1, 1), (1, 1), (1, 1), "valid"),
    Setting((5, 5), (1, 2), (2, 1), (1, 1), "same"),
    Setting((4, 3, 4), (2, 2, 2), (2, 2, 2), (1, 1, 1), "same"),
    Setting((3, 4, 4), (2, 3, 2), (1, 1, 2), (1, 1, 1), "valid"),
]

FORMATS = ["channels_last", "channels_first"]


def draw(*shape: int, seed: int = 0) -> Array:
    """Normal float64 values."""
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def in_format(values: Array, data_format: str) -> Array:
    """Channels-last values as a contiguous array in a data format."""
    return np.ascontiguousarray(np.moveaxis(values, -1, 1)) if data_format == "channels_first" else values


def grid(cells: int, size: int, stride: int, dilation: int, padding: str) -> tuple[int, int]:
    """Number of windows along an axis, and the cell on which the first tap of the first one falls."""
    reach = dilation * (size - 1) + 1
    if padding == "valid":
        return sum(1 for start in range(0, cells, stride) if start + reach <= cells), 0
    windows = math.ceil(cells / stride)
    lacking = max((windows - 1) * stride + reach - cells, 0)
    return windows, -math.floor(lacking / 2)


def grids(setting: Setting) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numbers of windows and first cells along all axes."""
    along = [
        grid(*numbers, setting.padding)
        for numbers in zip(setting.cells, setting.sizes, setting.strides, setting.dilation, strict=True)
    ]
    return tuple(windows for windows, _ in along), tuple(start for _, start in along)


def everything(sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All positions of an array."""
    return itertools.product(*(range(size) for size in sizes))


def pairs(setting: Setting) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]:
    """Every window, every tap of it that is on a cell, and that cell."""
    windows, starts = grids(setting)
    for window in everything(windows):
        for tap in everything(setting.sizes):
            cell = tuple(
                start + at * stride + step * dilation
                for start, at, stride, step, dilation in zip(
                    starts, window, setting.strides, tap, setting.dilation, strict=True
                )
            )
            if all(0 <= at < size for at, size in zip(cell, setting.cells, strict=True)):
                yield window, tap, cell


def slow_convolution(setting: Setting, inputs: Array, kernel: Array, grad: Array) -> tuple[Array, Array, Array]:
    """Outputs of a convolution, and its gradients with respect to inputs and kernel, term by term."""
    outputs, to_inputs, to_kernel = np.zeros(grad.shape), np.zeros(inputs.shape), np.zeros(kernel.shape)
    for window, tap, cell in pairs(setting):
        for sample, group, member, one in everything(
            (inputs.shape[0], setting.groups, setting.members, setting.filters)
        ):
            channel, made = group * setting.members + member, group * setting.filters + one
            at, read, weight = (sample, *window, made), (sample, *cell, channel), (*tap, member, made)
            outputs[at] += inputs[read] * kernel[weight]
            to_inputs[read] += grad[at] * kernel[weight]
            to_kernel[weight] += grad[at] * inputs[read]
    return outputs, to_inputs, to_kernel


def operands(setting: Setting, batch: int = 2) -> tuple[Array, Array, Array]:
    """Inputs, kernel and gradient of the outputs."""
    channels, filters = setting.groups * setting.members, setting.groups * setting.filters
    inputs = draw(batch, *setting.cells, channels)
    kernel = draw(*setting.sizes, setting.members, filters, seed=1)
    return inputs, kernel, draw(batch, *grids(setting)[0], filters, seed=2)


def assert_close(received: Array, expected: Array, tolerance: float = 1e-12) -> None:
    """Same shape, and values within a tolerance relative to the largest one."""
    assert received.shape == expected.shape
    scale = np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(received.astype(np.float64), expected, rtol=0, atol=tolerance * scale)


def check_convolution(setting: Setting, data_format: str, dtype: Any, tolerance: float) -> None:
    """Compare a convolution and its gradients with the loop."""
    inputs, kernel, grad = (values.astype(dtype) for values in operands(setting))
    wide = [values.astype(np.float64) for values in (inputs, kernel, grad)]
    outputs, to_inputs, to_kernel = (
        in_format(wide_result, data_format) if number < 2 else wide_result
        for number, wide_result in enumerate(slow_convolution(setting, *wide))
    )
    inputs, grad = in_format(inputs, data_format), in_format(grad, data_format)
    arguments = setting.strides, setting.padding, data_format, setting.dilation
    received, kept = kernels.conv_with_columns(inputs, kernel, *arguments)
    assert_close(received, outputs, tolerance)
    assert_close(kernels.conv(inputs, kernel, *arguments), outputs, tolerance)
    assert_close(kernels.conv_input_gradient(grad, kernel, inputs.shape, *arguments), to_inputs, tolerance)
    assert_close(kernels.conv_kernel_gradient(inputs, grad, kernel.shape, *arguments), to_kernel, tolerance)
    again = kernels.conv_kernel_gradient(inputs, grad, kernel.shape, *arguments, columns=kept)
    assert_close(again, to_kernel, tolerance)
    assert received.dtype == again.dtype == np.dtype(dtype)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_convolution_and_its_gradients_equal_the_loop(setting: Setting, data_format: str) -> None:
    check_convolution(setting, data_format, np.float64, 1e-12)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(np.float32, 1e-6), (np.float16, 1e-3), (ml_dtypes.bfloat16, 8e-3)], ids=str
)
def test_convolution_keeps_its_dtype(dtype: Any, tolerance: float) -> None:
    for setting in (SETTINGS[8], SETTINGS[11], SETTINGS[12]):
        check_convolution(setting, "channels_last", dtype, tolerance)


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("block", [1, 400])
@pytest.mark.parametrize("setting", SETTINGS[7:13:2] + SETTINGS[14:], ids=str)
def test_convolution_does_not_depend_on_how_it_is_cut_up(
    setting: Setting, block: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (columns, correlation, depthwise):
        monkeypatch.setattr(module, "BLOCK_BYTES", block)
    for module in (columns, correlation):
        monkeypatch.setattr(module, "FEW_CHANNELS", few)
    check_convolution(setting, "channels_last", np.float64, 1e-12)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16], ids=str)
def test_convolution_sums_low_precision_in_float32(dtype: Any) -> None:
    ones = np.ones((1, 4096, 1), dtype)
    assert kernels.conv(ones, np.ones((4096, 1, 1), dtype)).item() == 4096
    assert kernels.conv_kernel_gradient(ones, ones, (1, 1, 1)).item() == 4096
    assert kernels.average_pool(ones, 4096).item() == 1


def test_convolution_beyond_the_range_of_float16_is_infinite() -> None:
    large = np.full((1, 1, 1), 60000, np.float16)
    assert np.isposinf(kernels.conv(large, large).item())


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
def test_convolution_of_integers_wraps_around(dtype: Any) -> None:
    inputs = np.arange(90).reshape(1, 6, 5, 3).astype(dtype)
    kernel = (np.arange(36).reshape(3, 2, 3, 2) - 5).astype(dtype)
    setting = Setting((6, 5), (3, 2), (1, 1), (1, 1), "valid", members=3, filters=2)
    wide = inputs.astype(np.float64), kernel.astype(np.float64), np.zeros((1, 4, 4, 2))
    expected = slow_convolution(setting, *wide)[0].astype(np.int64).astype(dtype)
    received = kernels.conv(inputs, kernel)
    assert received.dtype == dtype
    np.testing.assert_array_equal(received, expected)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize(
    ("batch", "cells", "channels", "filters"), [(0, 5, 2, 3), (2, 5, 2, 0), (2, 5, 0, 3), (2, 1, 2, 3), (2, 0, 2, 3)]
)
def test_convolution_of_empty_arrays_has_shape(
    batch: int, cells: int, channels: int, filters: int, data_format: str
) -> None:
    inputs = in_format(np.ones((batch, cells, cells, channels)), data_format)
    kernel = np.ones((2, 3, channels, filters))
    outputs = kernels.conv(inputs, kernel, data_format=data_format)
    made = in_format(np.zeros((batch, max(0, cells - 1), max(0, cells - 2), filters)), data_format)
    np.testing.assert_array_equal(outputs, made)
    np.testing.assert_array_equal(
        kernels.conv_input_gradient(outputs, kernel, inputs.shape, data_format=data_format), np.zeros(inputs.shape)
    )
    np.testing.assert_array_equal(
        kernels.conv_kernel_gradient(inputs, outputs, kernel.shape, data_format=data_format), np.zeros(kernel.shape)
    )


def test_convolution_reads_strided_inputs_and_leaves_them_alone() -> None:
    whole = draw(4, 7, 8, 6)
    part = whole[::2, 1:, ::-1, 1:6:2]
    before = whole.copy()
    kernel = draw(3, 2, 3, 4)[::-1]
    expected = kernels.conv(part.copy(), kernel.copy(), padding="same")
    np.testing.assert_array_equal(kernels.conv(part, kernel, padding="same"), expected)
    np.testing.assert_array_equal(whole, before)


def test_same_padding_puts_the_odd_cell_at_the_far_end() -> None:
    inputs = np.array([1.0, 2, 3, 4]).reshape(1, 4, 1)
    kernel = np.array([1.0, 10]).reshape(2, 1, 1)
    assert kernels.conv(inputs, kernel, padding="same").ravel().tolist() == [21, 32, 43, 4]
    kernel = np.array([1.0, 10, 100]).reshape(3, 1, 1)
    assert kernels.conv(inputs, kernel, strides=2, padding="same").ravel().tolist() == [321, 43]


def test_padding_and_data_format_are_checked() -> None:
    inputs, kernel = np.ones((1, 4, 1)), np.ones((2, 1, 1))
    with pytest.raises(ValueError, match="padding"):
        kernels.conv(inputs, kernel, padding="full")
    with pytest.raises(ValueError, match="padding"):
        kernels.conv_transpose(inputs, kernel, padding="causal")
    with pytest.raises(ValueError, match="data_format"):
        kernels.max_pool(inputs, 2, data_format="NHWC")


def slow_transposed(
    inputs: Array, kernel: Array, grad: Array, strides: tuple[int, ...], dilation: tuple[int, ...], cut: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """Outputs of a transposed convolution, and its gradients with respect to inputs and kernel, term by term."""
    outputs, to_inputs, to_kernel = np.zeros(grad.shape), np.zeros(inputs.shape), np.zeros(kernel.shape)
    for read in everything(inputs.shape):
        sample, *cell, channel = read
        for weight in everything(kernel.shape[:-1]):
            *tap, made = weight
            placed = [
                at * stride + step * spacing - start
                for at, stride, step, spacing, start in zip(cell, strides, tap, dilation, cut, strict=True)
            ]
            if all(0 <= at < size for at, size in zip(placed, grad.shape[1:-1], strict=True)):
                at = (sample, *placed, made)
                outputs[at] += inputs[read] * kernel[(*weight, channel)]
                to_inputs[read] += grad[at] * kernel[(*weight, channel)]
                to_kernel[(*weight, channel)] += grad[at] * inputs[read]
    return outputs, to_inputs, to_kernel


# cells, sizes, strides, dilation, padding, output padding; then the cells made, and those cut off at the near end
TRANSPOSED = [
    ((4,), (3,), (2,), (1,), "valid", None, (9,), (0,)),
    ((4,), (2,), (3,), (1,), "valid", None, (12,), (0,)),
    ((4,), (3,), (2,), (1,), "valid", (1,), (10,), (0,)),
    ((4,), (3,), (2,), (1,), "same", None, (8,), (0,)),
    ((4,), (4,), (2,), (1,), "same", None, (8,), (1,)),
    ((4,), (4,), (1,), (1,), "same", None, (4,), (1,)),
    ((4,), (3,), (2,), (1,), "same", (0,), (7,), (1,)),
    ((4,), (4,), (2,), (1,), "same", (1,), (7,), (1,)),
    ((4,), (5,), (1,), (1,), "same", None, (4,), (2,)),
    ((4,), (2,), (1,), (3,), "same", None, (4,), (1,)),
    ((3,), (1,), (2,), (1,), "same", None, (6,), (0,)),
    ((3,), (1,), (1,), (1,), "valid", None, (3,), (0,)),
    ((3, 2), (3, 2), (2, 1), (1, 2), "valid", None, (7, 4), (0, 0)),
    ((3, 2), (3, 4), (2, 3), (1, 1), "same", None, (6, 6), (0, 0)),
    ((2, 3), (5, 5), (2, 1), (1, 1), "same", (1, 0), (4, 3), (1, 2)),
    ((2, 1, 3), (2, 3, 2), (2, 2, 1), (1, 1, 1), "same", None, (4, 2, 3), (0, 0, 0)),
    ((0,), (3,), (2,), (1,), "valid", None, (0,), (0,)),
]


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("case", TRANSPOSED, ids=str)
@pytest.mark.parametrize("filters", [2, 13])
def test_transposed_convolution_and_its_gradients_equal_the_loop(case: Any, filters: int, data_format: str) -> None:
    cells, sizes, strides, dilation, padding, output_padding, made, cut = case
    inputs, kernel, grad = draw(2, *cells, 3), draw(*sizes, filters, 3), draw(2, *made, filters)
    outputs, to_inputs, to_kernel = slow_transposed(inputs, kernel, grad, strides, dilation, cut)
    arguments = strides, padding, output_padding, data_format, dilation
    inputs, grad = in_format(inputs, data_format), in_format(grad, data_format)
    assert_close(kernels.conv_transpose(inputs, kernel, *arguments), in_format(outputs, data_format))
    received = kernels.conv_transpose_input_gradient(grad, kernel, inputs.shape, *arguments)
    assert_close(received, in_format(to_inputs, data_format))
    assert_close(kernels.conv_transpose_kernel_gradient(inputs, grad, kernel.shape, *arguments), to_kernel)


@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_convolution_filters_every_channel_alone(multiplier: int) -> None:
    inputs, kernel = draw(2, 5, 4, 3), draw(2, 3, 3, multiplier)
    arguments = (2, 1), "same", "channels_last", 1
    shape = (2, 3, 4, 3 * multiplier)
    grad = draw(*shape)
    outputs, to_inputs, to_kernel = np.zeros(shape), np.zeros(inputs.shape), np.zeros(kernel.shape)
    setting = Setting((5, 4), (2, 3), (2, 1), (1, 1), "same", 1, 1, multiplier)
    for channel in range(3):
        some = slice(channel * multiplier, (channel + 1) * multiplier)
        one = slice(channel, channel + 1)
        results = slow_convolution(setting, inputs[..., one], kernel[:, :, one], grad[..., some])
        outputs[..., some], to_inputs[..., one], to_kernel[:, :, one] = results
    assert_close(kernels.depthwise_conv(inputs, kernel, *arguments), outputs)
    assert_close(kernels.depthwise_conv_input_gradient(grad, kernel, inputs.shape, *arguments), to_inputs)
    assert_close(kernels.depthwise_conv_kernel_gradient(inputs, grad, kernel.shape, *arguments), to_kernel)


@pytest.mark.parametrize("data_format", FORMATS)
def test_separable_convolution_mixes_the_filtered_channels(data_format: str) -> None:
    inputs, kernel, mixing = draw(2, 5, 3), draw(3, 3, 2), draw(1, 6, 4)
    filtered = kernels.depthwise_conv(inputs, kernel, 2, "same")
    expected = in_format(np.einsum("nic,cf->nif", filtered, mixing[0]), data_format)
    received = kernels.separable_conv(in_format(inputs, data_format), kernel, mixing, 2, "same", data_format, 1)
    assert_close(received, expected)


def slow_pooling(setting: Setting, inputs: Array, grad: Array) -> tuple[Array, Array, Array, Array]:
    """Maxima and means over windows, and the gradients of both with respect to the inputs."""
    windows, _ = grids(setting)
    shape = (inputs.shape[0], *windows, inputs.shape[-1])
    largest, means = np.full(shape, -np.inf), np.zeros(shape)
    to_largest, to_means = np.zeros(inputs.shape), np.zeros(inputs.shape)
    inside: dict[tuple[int, ...], list[tuple[int, ...]]] = {window: [] for window in everything(windows)}
    for window, _, cell in pairs(setting):
        inside[window].append(cell)
    for (window, cells), sample, channel in itertools.product(
        inside.items(), range(inputs.shape[0]), range(inputs.shape[-1])
    ):
        at = (sample, *window, channel)
        winner = cells[0]
        for cell in cells:
            if inputs[(sample, *cell, channel)] > inputs[(sample, *winner, channel)]:
                winner = cell
            means[at] += inputs[(sample, *cell, channel)] / len(cells)
            to_means[(sample, *cell, channel)] += grad[at] / len(cells)
        largest[at] = inputs[(sample, *winner, channel)]
        to_largest[(sample, *winner, channel)] += grad[at]
    return largest, means, to_largest, to_means


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("setting", POOLINGS, ids=str)
def test_pooling_and_its_gradients_equal_the_loop(
    setting: Setting, ties: bool, data_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = draw(3, *setting.cells, 2)
    inputs = np.round(inputs / 2) if ties else inputs
    grad = draw(3, *grids(setting)[0], 2)
    largest, means, to_largest, to_means = (
        in_format(values, data_format) for values in slow_pooling(setting, inputs, grad)
    )
    inputs, grad = in_format(inputs, data_format), in_format(grad, data_format)
    arguments = setting.sizes, setting.strides, setting.padding, data_format
    np.testing.assert_array_equal(kernels.max_pool(inputs, *arguments), largest)
    assert_close(kernels.max_pool_gradient(grad, inputs, *arguments), to_largest)
    assert_close(kernels.max_pool_gradient(grad, inputs, *arguments, outputs=largest), to_largest)
    assert_close(kernels.average_pool(inputs, *arguments), means)
    assert_close(kernels.average_pool_gradient(grad, inputs.shape, *arguments), to_means)
    monkeypatch.setattr(max_pooling, "FEW_TAPS", 0)
    assert_close(kernels.max_pool_gradient(grad, inputs, *arguments), to_largest)
    monkeypatch.setattr(max_pooling, "FEW_TAPS", 100)
    monkeypatch.setattr(max_pooling, "BLOCK_BYTES", 1)
    assert_close(kernels.max_pool_gradient(grad, inputs, *arguments), to_largest)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64], ids=str)
def test_pooling_keeps_its_dtype(dtype: Any) -> None:
    inputs, grad = draw(2, 5, 5, 3).astype(dtype), draw(2, 3, 3, 3).astype(dtype)
    setting = Setting((5, 5), (2, 2), (2, 2), (1, 1), "same")
    expected = slow_pooling(setting, inputs.astype(np.float64), grad.astype(np.float64))
    arguments = 2, None, "same"
    received = (
        kernels.max_pool(inputs, *arguments),
        kernels.average_pool(inputs, *arguments),
        kernels.max_pool_gradient(grad, inputs, *arguments),
        kernels.average_pool_gradient(grad, inputs.shape, *arguments),
    )
    for one, other in zip(received, expected, strict=True):
        assert one.dtype == np.dtype(dtype)
        assert_close(one, other, float(ml_dtypes.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint8, np.int32, np.int64])
def test_pooling_of_integers_has_exact_maxima_and_float32_means(dtype: Any) -> None:
    inputs = np.array([-128, -128, 5, 100, 127, 126, -3]).astype(dtype).reshape(1, 7, 1)
    setting = Setting((7,), (3,), (2,), (1,), "same")
    largest, means, _, _ = slow_pooling(setting, inputs.astype(np.float64), np.zeros((1, 4, 1)))
    received = kernels.max_pool(inputs, 3, 2, "same")
    assert received.dtype == dtype
    np.testing.assert_array_equal(received, largest.astype(dtype))
    received = kernels.average_pool(inputs, 3, 2, "same")
    assert received.dtype == np.float32
    assert_close(received, means, 1e-7)


def test_max_pooling_never_takes_padding_for_data() -> None:
    inputs = np.full((1, 3, 3, 1), -np.inf)
    assert np.isneginf(kernels.max_pool(inputs, 2, padding="same")).all()
    grad = kernels.max_pool_gradient(np.ones((1, 2, 2, 1)), inputs, 2, padding="same")
    assert grad.ravel().tolist() == [1, 0, 1, 0, 0, 0, 1, 0, 1]
    assert kernels.max_pool(np.full((1, 3, 1), -5.0), 3, 1, "same").ravel().tolist() == [-5, -5, -5]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2])
def test_max_pooling_hands_on_nan_and_loses_no_gradient(stride: int, padding: str) -> None:
    inputs = draw(1, 5, 5, 1)
    inputs[0, 1::3, 1::3, 0] = np.nan
    outputs = kernels.max_pool(inputs, 2, stride, padding)
    for row, column in everything(outputs.shape[1:3]):
        window = inputs[0, row * stride : row * stride + 2, column * stride : column * stride + 2]
        assert np.isnan(outputs[0, row, column, 0]) == np.isnan(window).any()
    grad = draw(*outputs.shape)
    assert kernels.max_pool_gradient(grad, inputs, 2, stride, padding).sum() == pytest.approx(grad.sum())


@pytest.mark.parametrize("stride", [1, 2])
def test_max_pooling_keeps_an_infinite_gradient_in_its_place(stride: int) -> None:
    inputs = np.arange(16.0).reshape(1, 4, 4, 1)
    grad = np.zeros(kernels.max_pool(inputs, 2, stride).shape)
    grad[0, 0, 0, 0] = np.inf
    received = kernels.max_pool_gradient(grad, inputs, 2, stride)
    assert np.isposinf(received[0, 1, 1, 0])
    assert np.count_nonzero(received) == 1


@pytest.mark.parametrize("shape", [(0, 4, 4, 2), (2, 4, 4, 0), (2, 1, 4, 3), (2, 0, 4, 3)])
def test_pooling_of_empty_arrays_has_shape(shape: tuple[int, ...]) -> None:
    inputs = np.ones(shape)
    made = (shape[0], shape[1] // 2, 2, shape[3])
    for outputs in (kernels.max_pool(inputs, 2), kernels.average_pool(inputs, 2)):
        assert outputs.shape == made
        np.testing.assert_array_equal(kernels.max_pool_gradient(outputs, inputs, 2), np.zeros(shape))
        np.testing.assert_array_equal(kernels.average_pool_gradient(outputs, shape, 2), np.zeros(shape))
