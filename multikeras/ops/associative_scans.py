"""All running combinations of entries, in logarithmically many steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.errors import ArgumentError, ShapeError
from multikeras.graph.operation import flatten
from multikeras.ops import _rules as rules
from multikeras.ops.conversion import convert_to_tensor
from multikeras.ops.indexing import get_item
from multikeras.ops.joining import concatenate, stack
from multikeras.ops.looping import filled
from multikeras.ops.shaping import reshape
from multikeras.ops.turning import flip


def associative_scan(f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """All running combinations `x[0]`, `f(x[0], x[1])`, `f(f(x[0], x[1]), x[2])`, ... of the entries along an axis.

    Since `f` is associative, neighbours are combined in pairs, the pairs in pairs and so on: about `2 * log2(n)` calls
    of `f` on many entries at once, in the place of `n - 1` on one.

    Args:
        f: From two structures nested as `elems` to a third one, entry by entry along `axis`; associative.
        elems: Tensors in any nesting, with as many entries along `axis` in each.
        reverse: Whether to start at the last entry.
        axis: The axis of the entries.

    Returns:
        Nested as `elems`, of the same shapes.

    Raises:
        ArgumentError: `f` is no function, or there are no tensors.
        ShapeError: The tensors have different numbers of entries, an unknown one, or no such axis.

    Source: Blelloch, "Prefix sums and their applications" (1990), section 1.2.

    ```python
    >>> import multikeras as keras
    >>> associative_scan(keras.ops.add, keras.ops.array([1, 2, 3, 4])).tolist()
    [1, 3, 6, 10]

    ```
    """
    if not callable(f):
        raise ArgumentError("`f` is a function that combines two structures.", received=repr(f))
    leaves = [x if hasattr(x, "shape") else convert_to_tensor(x) for x in flatten(elems) if x is not None]
    if not leaves:
        raise ArgumentError("A scan is over the entries of at least one tensor.", received="none")
    axes = [rules.canonical_axis(axis, len(x.shape)) for x in leaves]
    counts = {x.shape[i] for x, i in zip(leaves, axes, strict=True)}
    if len(counts) != 1 or None in counts:
        raise ShapeError(
            "The tensors of a scan have the same known number of entries.",
            received=", ".join(f"{tuple(x.shape)}" for x in leaves) + f", axis={axis}",
        )
    if reverse:
        leaves = [flip(x, i) for x, i in zip(leaves, axes, strict=True)]

    def combined(a: list[Any], b: list[Any]) -> list[Any]:
        return [x for x in flatten(f(filled(elems, a), filled(elems, b))) if x is not None]

    found = _running(combined, leaves, axes, counts.pop())
    if reverse:
        found = [flip(x, i) for x, i in zip(found, axes, strict=True)]
    return filled(elems, found)


def _running(combined: Callable, leaves: list[Any], axes: list[int], count: int) -> list[Any]:
    if count < 2:
        return leaves
    pairs = combined(_every_second(leaves, axes, 0, count - 1), _every_second(leaves, axes, 1, count))
    # The running combinations of pairs are those that end at every second entry.
    odd = _running(combined, pairs, axes, count // 2)
    first = _every_second(leaves, axes, 0, 1)
    if count == 2:
        return [concatenate([a, b], i) for a, b, i in zip(first, odd, axes, strict=True)]
    before = _every_second(odd, axes, 0, (count - 1) // 2, 1)
    even = combined(before, _every_second(leaves, axes, 2, count))
    even = [concatenate([a, b], i) for a, b, i in zip(first, even, axes, strict=True)]
    return [_interleaved(a, b, i, count) for a, b, i in zip(even, odd, axes, strict=True)]


def _every_second(leaves: list[Any], axes: list[int], start: int, stop: int, step: int = 2) -> list[Any]:
    return [get_item(x, (*(slice(None),) * i, slice(start, stop, step))) for x, i in zip(leaves, axes, strict=True)]


def _interleaved(even: Any, odd: Any, axis: int, count: int) -> Any:
    """Entries of two tensors in turn, of which the first may have one more."""
    rest = None
    if count % 2:
        lead = (slice(None),) * axis
        even, rest = get_item(even, (*lead, slice(0, count // 2))), get_item(even, (*lead, slice(count // 2, None)))
    shape = list(even.shape)
    shape[axis] = 2 * (count // 2)
    if shape.count(None) == 1:
        shape[shape.index(None)] = -1
    both = reshape(stack([even, odd], axis + 1), tuple(shape))
    return both if rest is None else concatenate([both, rest], axis)
