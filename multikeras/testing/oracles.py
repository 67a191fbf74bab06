"""Slow and obvious implementations that fast ones are compared with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def each(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """One integer for each axis."""
    return (value,) * axes if isinstance(value, int) else tuple(value) * (axes if len(value) == 1 else 1)


def channels_last(x: np.ndarray, data_format: str | None) -> np.ndarray:
    """`x` with its channels as the last axis."""
    return np.moveaxis(x, 1, -1) if data_format == "channels_first" else x


def in_format(x: np.ndarray, data_format: str | None) -> np.ndarray:
    """`x`, whose channels are the last axis, in a data format."""
    return np.moveaxis(x, -1, 1) if data_format == "channels_first" else x


def window_starts(size: int, window: int, stride: int, padding: str, dilation: int = 1) -> tuple[list[int], int]:
    """Where the windows along an axis start (below 0 in the padding), and how many entries each spans."""
    reach = (window - 1) * dilation + 1
    if padding.lower() == "valid":
        return list(range(0, size - reach + 1, stride)), reach
    count = (size + stride - 1) // stride
    missing = max((count - 1) * stride + reach - size, 0)
    return [i * stride - missing // 2 for i in range(count)], reach


def conv(
    inputs: np.ndarray,
    kernel: np.ndarray,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> np.ndarray:
    """Convolution, one output entry after the other."""
    x = channels_last(inputs, data_format)
    axes = x.ndim - 2
    steps, rates = each(strides, axes), each(dilation_rate, axes)
    window, members, filters = kernel.shape[:axes], kernel.shape[-2], kernel.shape[-1]
    groups = x.shape[-1] // members
    starts = [
        window_starts(n, k, s, padding, d)[0] for n, k, s, d in zip(x.shape[1:-1], window, steps, rates, strict=True)
    ]
    out = np.zeros((x.shape[0], *map(len, starts), filters), np.result_type(x, kernel))
    for b, f in np.ndindex(x.shape[0], filters):
        first = f // (filters // groups) * members
        for place in np.ndindex(*map(len, starts)):
            total = out.dtype.type(0)
            for tap in np.ndindex(*window):
                cell = tuple(starts[a][place[a]] + tap[a] * rates[a] for a in range(axes))
                if all(0 <= c < n for c, n in zip(cell, x.shape[1:-1], strict=True)):
                    for c in range(members):
                        total += x[(b, *cell, first + c)] * kernel[(*tap, c, f)]
            out[(b, *place, f)] = total
    return in_format(out, data_format)


def depthwise_conv(
    inputs: np.ndarray,
    kernel: np.ndarray,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> np.ndarray:
    """Convolution of each channel with filters of its own, channel by channel."""
    x = channels_last(inputs, data_format)
    nothing = conv(
        x[..., :0], np.zeros((*kernel.shape[:-2], 1, 0), kernel.dtype), strides, padding, None, dilation_rate
    )
    parts = [
        conv(x[..., c : c + 1], kernel[..., c : c + 1, :], strides, padding, None, dilation_rate)
        for c in range(x.shape[-1])
    ]
    return in_format(np.concatenate([nothing, *parts], -1), data_format)


def separable_conv(
    inputs: np.ndarray,
    depthwise_kernel: np.ndarray,
    pointwise_kernel: np.ndarray,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> np.ndarray:
    """A depthwise convolution, then a matrix product at each place."""
    x = depthwise_conv(channels_last(inputs, data_format), depthwise_kernel, strides, padding, None, dilation_rate)
    matrix = pointwise_kernel.reshape(pointwise_kernel.shape[-2:])
    return in_format(x @ matrix, data_format)


def conv_transpose(
    inputs: np.ndarray,
    kernel: np.ndarray,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> np.ndarray:
    """Transposed convolution: each input entry spreads the kernel over the output; then the result is cut to size."""
    x = channels_last(inputs, data_format)
    axes = x.ndim - 2
    steps, rates = each(strides, axes), each(dilation_rate, axes)
    added = (None,) * axes if output_padding is None else each(output_padding, axes)
    window, filters = kernel.shape[:axes], kernel.shape[-2]
    reaches = [(k - 1) * d + 1 for k, d in zip(window, rates, strict=True)]
    whole = [(n - 1) * s + r if n else 0 for n, s, r in zip(x.shape[1:-1], steps, reaches, strict=True)]
    out = np.zeros((x.shape[0], *whole, filters), np.result_type(x, kernel))
    for place in np.ndindex(*x.shape[:-1]):
        for tap in np.ndindex(*window):
            cell = tuple(place[a + 1] * steps[a] + tap[a] * rates[a] for a in range(axes))
            out[(place[0], *cell)] += kernel[tap] @ x[place]
    for a, (n, s, r, extra) in enumerate(zip(x.shape[1:-1], steps, reaches, added, strict=True)):
        if padding.lower() == "valid":
            size, front = (n - 1) * s + (max(r, s) if extra is None else r + extra), 0
        else:
            size = n * s if extra is None else (n - 1) * s + r % 2 + extra
            front = max((whole[a] - size) // 2, 0)
        if not n:
            # From nothing nothing is made.
            size = front = 0
        behind = max(front + size - whole[a], 0)
        out = np.concatenate([out, np.zeros((*out.shape[: a + 1], behind, *out.shape[a + 2 :]), out.dtype)], a + 1)
        out = np.take(out, range(front, front + size), a + 1)
    return in_format(out, data_format)


def pool(
    combine: Callable[[np.ndarray], Any],
    inputs: np.ndarray,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> np.ndarray:
    """A function of the entries of each window and channel; entries in the padding are left out."""
    x = channels_last(inputs, data_format)
    axes = x.ndim - 2
    window = each(pool_size, axes)
    steps = window if strides is None else each(strides, axes)
    starts = [window_starts(n, k, s, padding)[0] for n, k, s in zip(x.shape[1:-1], window, steps, strict=True)]
    out = np.zeros((x.shape[0], *map(len, starts), x.shape[-1]), np.asarray(combine(np.ones(1, x.dtype))).dtype)
    for place in itertools.product(*(range(len(s)) for s in starts)):
        where = [starts[a][place[a]] for a in range(axes)]
        cut = tuple(slice(max(w, 0), max(w + k, 0)) for w, k in zip(where, window, strict=True))
        for b, c in np.ndindex(x.shape[0], x.shape[-1]):
            out[(b, *place, c)] = combine(x[(b, *cut, c)])
    return in_format(out, data_format)


def adaptive_pool(
    combine: Callable[[np.ndarray], Any],
    inputs: np.ndarray,
    output_size: int | Sequence[int],
    data_format: str | None = None,
) -> np.ndarray:
    """A function of the entries of each of `m` windows, from `floor(i n / m)` to `ceil((i + 1) n / m)`."""
    x = channels_last(inputs, data_format)
    axes = x.ndim - 2
    counts = each(output_size, axes)
    out = np.zeros((x.shape[0], *counts, x.shape[-1]), np.asarray(combine(np.ones(1, x.dtype))).dtype)
    for place in itertools.product(*(range(m) for m in counts)):
        cut = tuple(
            slice(i * n // m, -(-(i + 1) * n // m)) for i, m, n in zip(place, counts, x.shape[1:-1], strict=True)
        )
        for b, c in np.ndindex(x.shape[0], x.shape[-1]):
            out[(b, *place, c)] = combine(x[(b, *cut, c)])
    return in_format(out, data_format)
