"""Discrete Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras_numpy.table import table


def _wide(x: Any) -> Any:
    # NumPy's kernel for 32 bits takes three times as long as that for 64.
    return x.astype(np.float64, copy=False)


def _pair(x: list[Any]) -> Any:
    real, imag = x
    if real.shape != imag.shape:
        raise ValueError("one shape")
    z = np.empty(real.shape, np.complex128)
    z.real, z.imag = real, imag
    return z


def _parts(z: Any, like: Any) -> tuple[Any, Any]:
    return z.real.astype(like.dtype), z.imag.astype(like.dtype)


def _of_pairs(transform: Callable) -> Callable:
    return lambda x: _parts(transform(_pair(x)), x[0])


def _rfft(x: Any, fft_length: int | None = None) -> tuple[Any, Any]:
    return _parts(np.fft.rfft(_wide(x), fft_length), x)


def _irfft(x: list[Any], fft_length: int | None = None) -> Any:
    return np.fft.irfft(_pair(x), fft_length).astype(x[0].dtype)


table.alias(
    fft=_of_pairs(np.fft.fft),
    fft2=_of_pairs(np.fft.fft2),
    ifft2=_of_pairs(np.fft.ifft2),
    irfft=_irfft,
    rfft=_rfft,
)
