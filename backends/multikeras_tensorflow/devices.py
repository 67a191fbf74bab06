"""TensorFlow's devices by the contract's names."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from multikeras.errors import ArgumentError


def names() -> list[str]:
    """Devices at hand, the default one first."""
    gpus = [f"gpu:{i}" for i in range(len(tf.config.list_logical_devices("GPU")))]
    return [*gpus, "cpu"]


@functools.cache
def accelerated() -> bool:
    """Whether kernels may run on something else than the CPU."""
    return bool(tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("TPU"))


@contextmanager
def scope(name: str) -> Iterator[None]:
    """A scope in which new tensors are made on a device.

    Raises:
        ArgumentError: There is no such device.
    """
    kind, _, index = name.lower().partition(":")
    if kind not in ("cpu", "gpu") or (kind == "gpu" and f"gpu:{index or 0}" not in names()):
        raise ArgumentError(
            f"The device is one of those at hand: {', '.join(names())}.", received=repr(name), hint="'cpu'"
        )
    with tf.device(f"/{kind.upper()}:{index or 0}"):
        yield


def device_of(x: Any) -> str:
    """The device that holds `x`."""
    spec = tf.DeviceSpec.from_string(x.device or "/CPU:0")
    return "cpu" if spec.device_type in (None, "CPU") else f"gpu:{spec.device_index or 0}"
