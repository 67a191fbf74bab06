"""Fourier transforms: cotangents are transformed too, by the transposed matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient


def _parts(g: Any) -> tuple[Any, Any]:
    """The cotangents of both parts, zeros for one that has none."""
    real, imag = g
    return (ops.zeros_like(imag) if real is None else real), (ops.zeros_like(real) if imag is None else imag)


def _of_pairs(transform: Callable) -> Callable:
    """That of a transform whose matrix is its own transpose: the conjugate of the transform of the conjugate."""

    def pull(g: Any, y: Any, x: Any, place: int) -> Any:
        real, imag = _parts(g)
        a, b = transform([real, -imag])
        return -b if place else a

    return pull


def _resized(x: Any, size: int) -> Any:
    """The last axis cut off, or followed by zeros."""
    own = x.shape[-1]
    return x[..., :size] if own >= size else ops.pad(x, [*[(0, 0)] * (len(x.shape) - 1), (0, size - own)])


def _rfft(g: Any, y: Any, x: Any, fft_length: int | None) -> Any:
    count = x.shape[-1] if fft_length is None else int(fft_length)
    real, imag = _parts(g)
    found, _ = ops.fft([_resized(real, count), _resized(-imag, count)])
    return _resized(found, x.shape[-1])


def _irfft(g: Any, y: Any, x: Any, fft_length: int | None, place: int) -> Any:
    count = g.shape[-1]
    part = ops.rfft(g, count)[place]
    # What is left out of the second half counts twice.
    twice = np.full(part.shape[-1], 2.0 / count, g.dtype)
    twice[0] = 1.0 / count
    if count % 2 == 0:
        twice[-1] = 1.0 / count
    return _resized(part * twice, x[place].shape[-1])


gradient(ops.fft, needs="nothing", x=_of_pairs(ops.fft))
gradient(ops.fft2, needs="nothing", x=_of_pairs(ops.fft2))
gradient(ops.ifft2, needs="nothing", x=_of_pairs(ops.ifft2))
gradient(ops.rfft, needs="nothing", x=_rfft)
gradient(ops.irfft, needs="nothing", x=_irfft)
