"""Discrete Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _wide(x: Any) -> Any:
    return x.astype(jnp.float32) if x.dtype in (jnp.float16, jnp.bfloat16) else x


def _pair(x: list[Any]) -> Any:
    real, imag = x
    if real.shape != imag.shape:
        raise ValueError("parts of one shape")
    return jax.lax.complex(_wide(real), _wide(imag))


def _parts(z: Any, like: Any) -> tuple[Any, Any]:
    return z.real.astype(like.dtype), z.imag.astype(like.dtype)


def _of_pairs(transform: Callable, axes: int) -> Callable:
    def run(x: list[Any]) -> tuple[Any, Any]:
        if 0 in x[0].shape[-axes:]:
            raise ValueError("at least one entry")
        return _parts(transform(_pair(x)), x[0])

    fast = compiled(run)
    return lambda x: fast(list(x))


def _rfft(x: Any, fft_length: int | None) -> tuple[Any, Any]:
    return _parts(jnp.fft.rfft(_wide(x), fft_length), x)


def _irfft(x: list[Any], fft_length: int | None) -> Any:
    if fft_length is None and x[0].shape[-1] < 2:
        raise ValueError("at least one entry")
    return jnp.fft.irfft(_pair(x), fft_length).astype(x[0].dtype)


_inverse = compiled(_irfft, 1)

table.alias(
    fft=_of_pairs(jnp.fft.fft, 1),
    fft2=_of_pairs(jnp.fft.fft2, 2),
    ifft2=_of_pairs(jnp.fft.ifft2, 2),
    irfft=lambda x, fft_length: _inverse(list(x), fft_length),
    rfft=compiled(_rfft, 1),
)
