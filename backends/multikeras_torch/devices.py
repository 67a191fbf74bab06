"""Torch's devices by the contract's names."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from multikeras.errors import ArgumentError


def _default() -> torch.device:
    chosen = os.environ.get("KERAS_TORCH_DEVICE")
    if chosen:
        return torch.device(chosen)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class _Current(threading.local):
    """The device that new tensors are made on, each thread's own."""

    def __init__(self) -> None:
        self.device = _default()


current = _Current()


def to_torch(name: str) -> torch.device:
    """The torch device of a name.

    Raises:
        ArgumentError: There is no such device.
    """
    kind, _, index = name.lower().partition(":")
    try:
        return torch.device({"gpu": "cuda"}.get(kind, kind) + (f":{index}" if index and kind != "cpu" else ""))
    except RuntimeError as error:
        raise ArgumentError(
            f"The device is one of those at hand: {', '.join(names())}.", received=repr(name), hint="'cpu'"
        ) from error


def names() -> list[str]:
    """Devices at hand, the default one first."""
    gpus = [f"gpu:{i}" for i in range(torch.cuda.device_count())]
    return [*gpus, "cpu"] if current.device.type == "cuda" else ["cpu", *gpus]


@contextmanager
def scope(name: str) -> Iterator[None]:
    """A scope in which new tensors are made on a device."""
    before = current.device
    current.device = to_torch(name)
    try:
        yield
    finally:
        current.device = before


def device_of(x: Any) -> str:
    """The device that holds `x`."""
    device = x.device
    return "cpu" if device.type == "cpu" else f"gpu:{device.index or 0}" if device.type == "cuda" else str(device)
