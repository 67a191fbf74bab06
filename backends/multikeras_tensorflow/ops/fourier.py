"""Discrete Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras.ops.fourier import transform_length
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import HALVES, cast


def _wide(x: Any) -> Any:
    return cast(x, tf.float32) if x.dtype in HALVES else x


def _pair(x: list[Any]) -> Any:
    real, imag = x
    if not real.shape.is_compatible_with(imag.shape):
        raise ValueError("one shape")
    return tf.complex(_wide(real), _wide(imag))


def _parts(z: Any, like: Any) -> tuple[Any, Any]:
    return cast(tf.math.real(z), like.dtype), cast(tf.math.imag(z), like.dtype)


def _of_pairs(transform: Callable, axes: int) -> Callable:
    def run(x: list[Any]) -> tuple[Any, Any]:
        if 0 in x[0].shape[-axes:]:
            raise ValueError("at least one entry")
        return _parts(transform(_pair(x)), x[0])

    return run


def _fitted(x: Any, count: int) -> Any:
    """`x` with so many entries along the last axis. The kernels do it too, but have no gradient then."""
    if x.shape[-1] == count:
        return x
    x = x[..., :count]
    missing = tf.maximum(count - tf.shape(x)[-1], 0)
    widths = [[0, 0]] * (x.shape.rank - 1) + [[0, missing]]
    x = tf.pad(x, widths)
    x.set_shape([*x.shape[:-1], count])
    return x


def _rfft(x: Any, fft_length: int | None = None) -> tuple[Any, Any]:
    # The kernels end the process where this is no count.
    count = transform_length(fft_length)
    if x.shape.rank == 0 or (count is None and x.shape[-1] == 0):
        raise ValueError("at least one entry")
    y = _wide(x)
    return _parts(tf.signal.rfft(y if count is None else _fitted(y, count)), x)


def _irfft(x: list[Any], fft_length: int | None = None) -> Any:
    count = transform_length(fft_length)
    z = _pair(x)
    if count is None:
        if z.shape[-1] is not None and z.shape[-1] < 2:
            raise ValueError("at least one entry")
        return cast(tf.signal.irfft(z), x[0].dtype)
    return cast(tf.signal.irfft(_fitted(z, count // 2 + 1), [count]), x[0].dtype)


table.alias(
    fft=_of_pairs(tf.signal.fft, 1),
    fft2=_of_pairs(tf.signal.fft2d, 2),
    ifft2=_of_pairs(tf.signal.ifft2d, 2),
    irfft=_irfft,
    rfft=_rfft,
)
