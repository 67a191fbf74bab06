"""JAX's devices by the contract's names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax

from multikeras.errors import ArgumentError


def _name(device: Any) -> str:
    platform = {"cuda": "gpu", "rocm": "gpu"}.get(device.platform, device.platform)
    return "cpu" if platform == "cpu" and device.id == 0 else f"{platform}:{device.id}"


def names() -> list[str]:
    """Devices at hand, the default one first."""
    found = [_name(d) for d in jax.devices()]
    return found if "cpu" in found else [*found, "cpu"]


@contextmanager
def scope(name: str) -> Iterator[None]:
    """A scope in which new arrays are made on a device.

    Raises:
        ArgumentError: There is no such device.
    """
    kind, _, index = name.lower().partition(":")
    try:
        device = jax.devices(kind)[int(index or 0)]
    except (RuntimeError, IndexError, ValueError) as error:
        raise ArgumentError(
            f"The device is one of those at hand: {', '.join(names())}.", received=repr(name), hint="'cpu'"
        ) from error
    with jax.default_device(device):
        yield


def device_of(x: Any) -> str:
    """The device that holds `x`."""
    return _name(next(iter(x.devices())))
