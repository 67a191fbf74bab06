"""Discrete Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table


def _wide(x: Any) -> Any:
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _pair(x: list[Any]) -> Any:
    real, imag = x
    if real.shape != imag.shape:
        raise ValueError("one shape")
    return torch.complex(_wide(real), _wide(imag))


def _parts(z: Any, like: Any) -> tuple[Any, Any]:
    return z.real.to(like.dtype), z.imag.to(like.dtype)


def _of_pairs(transform: Callable, op: Callable) -> Callable:
    # MKL has no transforms of nothing.
    return lambda x: _parts(transform(_pair(x)), x[0]) if x[0].numel() else table.composite(op)(x)


def _rfft(x: Any, fft_length: int | None = None) -> tuple[Any, Any]:
    if not x.numel():
        return table.composite(ops.rfft)(x, fft_length)
    return _parts(torch.fft.rfft(_wide(x), fft_length), x)


def _irfft(x: list[Any], fft_length: int | None = None) -> Any:
    if not x[0].numel():
        return table.composite(ops.irfft)(x, fft_length)
    return torch.fft.irfft(_pair(x), fft_length).to(x[0].dtype)


table.alias(
    fft=_of_pairs(torch.fft.fft, ops.fft),
    fft2=_of_pairs(torch.fft.fft2, ops.fft2),
    ifft2=_of_pairs(torch.fft.ifft2, ops.ifft2),
    irfft=_irfft,
    rfft=_rfft,
)
