"""Discrete Fourier transforms."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras_numpy.table import table

# From how many entries on threads are worth their start.
_MANY = 2**16


@functools.cache
def transform(name: str) -> tuple[Callable[..., Any], bool]:
    """A transform, and whether it has a fast kernel for 32 bits.

    SciPy's, which takes several lines at once and has threads, where it is installed; else NumPy's, whose kernel for 32
    bits takes three times as long as that for 64.
    """
    try:
        from scipy import fft
    except ImportError:
        return getattr(np.fft, name), False
    kernel = getattr(fft, name)
    return lambda x, *size: kernel(x, *size, workers=-1 if x.size >= _MANY else None), True


def _complex(x: list[Any], narrow: bool) -> Any:
    real, imag = x
    if real.shape != imag.shape:
        raise ValueError("one shape")
    z = np.empty(real.shape, np.complex64 if narrow and real.dtype.itemsize <= 4 else np.complex128)
    z.real, z.imag = real, imag
    return z


def _parts(z: Any, like: Any) -> tuple[Any, Any]:
    return z.real.astype(like.dtype), z.imag.astype(like.dtype)


def _of_pairs(name: str) -> Callable:
    def run(x: list[Any]) -> tuple[Any, Any]:
        kernel, narrow = transform(name)
        return _parts(kernel(_complex(x, narrow)), x[0])

    return run


def _rfft(x: Any, fft_length: int | None = None) -> tuple[Any, Any]:
    kernel, narrow = transform("rfft")
    wide = np.float32 if narrow and x.dtype.itemsize <= 4 else np.float64
    return _parts(kernel(x.astype(wide, copy=False), fft_length), x)


def _irfft(x: list[Any], fft_length: int | None = None) -> Any:
    kernel, narrow = transform("irfft")
    if fft_length is not None and (fft_length is True or fft_length < 1):
        # SciPy takes 0 for none.
        raise ValueError("no length")
    return kernel(_complex(x, narrow), fft_length).astype(x[0].dtype, copy=False)


table.alias(
    fft=_of_pairs("fft"),
    fft2=_of_pairs("fft2"),
    ifft2=_of_pairs("ifft2"),
    irfft=_irfft,
    rfft=_rfft,
)
