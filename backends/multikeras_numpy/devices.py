"""NumPy has one device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from multikeras.errors import ArgumentError


def names() -> list[str]:
    """`["cpu"]`."""
    return ["cpu"]


@contextmanager
def scope(name: str) -> Iterator[None]:
    """A scope on the CPU.

    Raises:
        ArgumentError: Another device.
    """
    if name.split(":", maxsplit=1)[0] != "cpu":
        raise ArgumentError("The device is one of those at hand: cpu.", received=repr(name), hint="'cpu'")
    yield


def device_of(x: Any) -> str:
    """`"cpu"`."""
    return "cpu"
