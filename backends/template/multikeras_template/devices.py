"""Devices: the CPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from multikeras.errors import ArgumentError


def names() -> list[str]:
    """All there are."""
    return ["cpu"]


@contextmanager
def scope(name: str) -> Iterator[None]:
    """A scope on the CPU, the one device there is."""
    if name.partition(":")[0] != "cpu":
        raise ArgumentError("The device is one of those at hand: cpu.", received=repr(name), hint="'cpu'")
    yield


def device_of(x: Any) -> str:
    """Where a tensor lives."""
    return "cpu"
