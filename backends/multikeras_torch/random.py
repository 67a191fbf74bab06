"""Draws by torch's generators: the global one, or one seeded by the key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from multikeras_torch.devices import current
from multikeras_torch.tensors import native_dtype
from multikeras_torch.tracing import opaque


def set_seed(seed: int) -> None:
    """Seed the global generators of all devices."""
    torch.manual_seed(seed)


def uniform(key: torch.Tensor | None, shape: Sequence[int], dtype: str) -> torch.Tensor:
    """Floats in [0, 1)."""
    return _draw("uniform", key, tuple(shape), native_dtype(dtype), current.device)


def normal(key: torch.Tensor | None, shape: Sequence[int], dtype: str) -> torch.Tensor:
    """Floats from the standard normal distribution."""
    return _draw("normal", key, tuple(shape), native_dtype(dtype), current.device)


def randint(key: torch.Tensor | None, shape: Sequence[int], low: int, high: int, dtype: str) -> torch.Tensor:
    """Integers in [low, high)."""
    return _draw("randint", key, tuple(shape), torch.int64, current.device, low, high).to(native_dtype(dtype))


def permutation(key: torch.Tensor | None, size: int) -> torch.Tensor:
    """The integers 0..size-1 in random order."""
    return _draw("permutation", key, (size,), torch.int32, current.device)


def dropout(key: torch.Tensor | None, x: torch.Tensor, rate: float, noise_shape: Sequence[int] | None) -> torch.Tensor:
    """Inverted dropout."""
    if key is None and noise_shape is None:
        return torch.nn.functional.dropout(x, rate)
    if rate >= 1:
        return torch.zeros_like(x)
    shape = tuple(x.shape) if noise_shape is None else tuple(noise_shape)
    kept = _draw("uniform", key, shape, torch.float32, x.device) >= rate
    return torch.where(kept, x / (1 - rate), 0)


def _draw(kind: str, key: torch.Tensor | None, shape: Any, dtype: Any, device: Any, low: int = 0, high: int = 0) -> Any:
    if key is None:
        return _from(None, kind, shape, dtype, device, low, high)
    if torch.compiler.is_compiling():
        return torch.ops.multikeras.drawn(key, kind, shape, dtype, device, low, high)
    return _by_key(key, kind, shape, dtype, device, low, high)


def _from(generator: Any, kind: str, shape: Any, dtype: Any, device: Any, low: int, high: int) -> torch.Tensor:
    if kind == "uniform":
        return torch.rand(shape, dtype=dtype, device=device, generator=generator)
    if kind == "normal":
        return torch.randn(shape, dtype=dtype, device=device, generator=generator)
    if kind == "randint":
        return torch.randint(low, high, shape, dtype=dtype, device=device, generator=generator)
    return torch.randperm(shape[0], dtype=dtype, device=device, generator=generator)


def _by_key(key: Any, kind: str, shape: Any, dtype: Any, device: Any, low: int, high: int) -> torch.Tensor:
    first, second = (int(word) for word in key.tolist())
    generator = torch.Generator(device=device).manual_seed(first << 32 | second)
    return _from(generator, kind, shape, dtype, device, low, high)


def _empty(key: Any, kind: str, shape: Any, dtype: Any, device: Any, low: int, high: int) -> torch.Tensor:
    return torch.empty(shape, dtype=dtype, device=device)


# Compiled graphs hold no generators: there a draw by a key is an operator, which makes its own.
_library = torch.library.Library("multikeras", "FRAGMENT")
_library.define(
    "drawn(Tensor key, str kind, SymInt[] shape, ScalarType dtype, Device device, int low, int high) -> Tensor"
)
_library.impl("drawn", opaque(_by_key), "CompositeExplicitAutograd")
torch.library.register_fake("multikeras::drawn", _empty, lib=_library)
