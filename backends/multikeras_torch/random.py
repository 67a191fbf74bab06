"""Draws by torch's generators: the global one, or one seeded by the key."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from multikeras_torch.devices import current
from multikeras_torch.tensors import native_dtype


def set_seed(seed: int) -> None:
    """Seed the global generators of all devices."""
    torch.manual_seed(seed)


def _generator(key: torch.Tensor | None, device: torch.device | None = None) -> torch.Generator | None:
    if key is None:
        return None
    high, low = (int(word) for word in key.tolist())
    return torch.Generator(device=device or current.device).manual_seed(high << 32 | low)


def uniform(key: torch.Tensor | None, shape: Sequence[int], dtype: str) -> torch.Tensor:
    """Floats in [0, 1)."""
    return torch.rand(tuple(shape), dtype=native_dtype(dtype), device=current.device, generator=_generator(key))


def normal(key: torch.Tensor | None, shape: Sequence[int], dtype: str) -> torch.Tensor:
    """Floats from the standard normal distribution."""
    return torch.randn(tuple(shape), dtype=native_dtype(dtype), device=current.device, generator=_generator(key))


def randint(key: torch.Tensor | None, shape: Sequence[int], low: int, high: int, dtype: str) -> torch.Tensor:
    """Integers in [low, high)."""
    drawn = torch.randint(low, high, tuple(shape), device=current.device, generator=_generator(key))
    return drawn.to(native_dtype(dtype))


def permutation(key: torch.Tensor | None, size: int) -> torch.Tensor:
    """The integers 0..size-1 in random order."""
    return torch.randperm(size, dtype=torch.int32, device=current.device, generator=_generator(key))


def dropout(key: torch.Tensor | None, x: torch.Tensor, rate: float, noise_shape: Sequence[int] | None) -> torch.Tensor:
    """Inverted dropout."""
    if key is None and noise_shape is None:
        return torch.nn.functional.dropout(x, rate)
    if rate >= 1:
        return torch.zeros_like(x)
    shape = x.shape if noise_shape is None else tuple(noise_shape)
    kept = torch.rand(shape, device=x.device, generator=_generator(key, x.device)) >= rate
    return torch.where(kept, x / (1 - rate), 0)
