"""What calls are held to whose results backends may choose: which of equal entries, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras_conformance.calls import Call


def _wide(x: Any) -> np.ndarray:
    """Numbers in an order that NumPy knows."""
    array = np.asarray(x)
    return array.astype(np.float64) if array.dtype.kind in "fV" else array


def _same(received: np.ndarray, expected: np.ndarray, what: str, call: Call) -> None:
    if not np.array_equal(received, expected, equal_nan=received.dtype.kind == "f"):
        raise AssertionError(f"{what}: received {received.tolist()}, expected {expected.tolist()}\n{call.context()}")


def _once(places: np.ndarray, axis: int, size: int, call: Call) -> None:
    ordered = np.sort(places, axis)
    inside = ordered.size == 0 or (ordered.min() >= 0 and ordered.max() < size)
    if not inside or not np.all(np.diff(ordered, axis=axis) > 0):
        raise AssertionError(f"places that are none, or the same twice: {places.tolist()}\n{call.context()}")


def _top_k(call: Call, results: list[np.ndarray], x: Any, k: int, sorted: bool) -> None:
    """The largest entries, from the largest on if that is asked for, and places at which they are."""
    x, (values, places) = _wide(x), results
    values = _wide(values)
    _once(places, -1, x.shape[-1], call)
    _same(values, np.take_along_axis(x, places.astype(np.int64), -1), "the entries at these places", call)
    found = values if sorted else np.sort(values, -1)[..., ::-1]
    _same(found, np.sort(x, -1)[..., ::-1][..., :k], "the largest entries", call)


def _argpartition(call: Call, results: list[np.ndarray], x: Any, kth: int, axis: int | None) -> None:
    """Every place once; before the `kth` no larger entry, behind it no smaller one."""
    x, places = _wide(x), results[0].astype(np.int64)
    if axis is None:
        x, axis = x.reshape(-1), 0
    size = x.shape[axis]
    _once(places, axis, size, call)
    parted = np.moveaxis(np.take_along_axis(x, places, axis), axis, -1)
    kth = kth % size
    halves = [np.sort(parted[..., :kth], -1), parted[..., kth : kth + 1], np.sort(parted[..., kth + 1 :], -1)]
    _same(np.concatenate(halves, -1), np.sort(np.moveaxis(x, axis, -1), -1), "the entries on both sides", call)


CHECKS: dict[str, Callable[..., None]] = {"argpartition": _argpartition, "top_k": _top_k}
"""By op: raises where the results, followed by the arguments of the call, are not what the op promises."""
