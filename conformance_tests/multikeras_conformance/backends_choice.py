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


def _narrow_beam(
    call: Call, results: list[np.ndarray], inputs: Any, lengths: Any, strategy: str, width: int, count: int, *rest: Any
) -> None:
    """Different paths of labels, from the best on, none of them more probable than all ways to spell it together."""
    paths, scores = results
    batch, steps, classes = inputs.shape
    mask_index = rest[1]
    blank = (classes - 1 if mask_index is None else mask_index) % classes
    allowed = 1e-4 * (1 + steps)
    for sample in range(batch):
        logits = _wide(inputs)[sample, : max(int(lengths[sample]), 0)]
        found, best = set(), 0.0
        for row, score in zip(paths[:, sample].tolist(), scores[sample].tolist(), strict=True):
            path = [c for c in row if c != -1]
            there = score > -np.inf
            spelled = row == path + [-1] * (steps - len(path)) and all(0 <= c < classes and c != blank for c in path)
            if not spelled or (there and tuple(path) in found) or (path and not there):
                raise AssertionError(f"no path, or the same twice: {row}, {score}\n{call.context()}")
            if score > best + allowed * (1 + abs(score)):
                raise AssertionError(f"{score} after {best}\n{call.context()}")
            most = _probability(logits, path, blank) if there else -np.inf
            if score > most + allowed * (1 + abs(most)):
                raise AssertionError(f"{path} has {score}, more than {most}, which all ways have\n{call.context()}")
            found, best = found | {tuple(path)}, score


def _probability(logits: np.ndarray, path: list[int], blank: int) -> float:
    """The logarithm of the probability of all ways to spell a path: Graves et al. (2006), equations 5 to 8."""
    symbols = [blank, *(symbol for c in path for symbol in (c, blank))]
    ways = np.full(len(symbols), -np.inf)
    ways[0] = 0.0
    for row in logits.astype(np.float64):
        before = ways.copy()
        for s, symbol in enumerate(symbols):
            if s > 0:
                ways[s] = np.logaddexp(ways[s], before[s - 1])
            if s > 1 and symbol not in (blank, symbols[s - 2]):
                ways[s] = np.logaddexp(ways[s], before[s - 2])
            ways[s] += row[symbol] - np.logaddexp.reduce(row)
    return float(np.logaddexp.reduce(ways[-2:]))


def _holds_every_beginning(inputs: Any, width: int) -> bool:
    _, steps, classes = inputs.shape
    return width >= sum((classes - 1) ** k for k in range(steps + 1))


def check_for(name: str, arguments: list[Any]) -> Callable[..., None] | None:
    """What a call is held to in the place of an oracle; `None` where its results are no choice.

    It takes the call, its results and its arguments, and raises where the results are not what the op promises.
    """
    if name == "ctc_decode":
        inputs, _, strategy, width, *_ = arguments
        return _narrow_beam if strategy == "beam_search" and not _holds_every_beginning(inputs, width) else None
    return {"argpartition": _argpartition, "top_k": _top_k}.get(name)
