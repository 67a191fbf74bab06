"""Axes named in a pattern: split, joined and put in another order."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.conversion import shape
from multikeras.ops.shaping import reshape, transpose

Groups = tuple[tuple[str, ...], ...]

_SIDE = re.compile(r"\s*(?:(?:\w+|\([\w\s]*\))\s*)*")


def _groups(side: str) -> Groups:
    found = re.findall(r"\w+|\([\w\s]*\)", side)
    return tuple(tuple(part.strip("()").split()) if part.startswith("(") else (part,) for part in found)


def read_pattern(pattern: Any, lengths: dict[str, Any]) -> tuple[Groups, Groups]:
    """The axes of both sides of a pattern; each is a group of names.

    Raises:
        ArgumentError: It is no pattern, a side names an axis twice or the other does not name it, or a length is that
            of no axis in it.
    """
    sides = pattern.split("->") if isinstance(pattern, str) else ()
    if len(sides) != 2 or not all(_SIDE.fullmatch(side) for side in sides):
        raise ArgumentError(
            "A pattern names the axes before and behind an arrow, joined ones in parentheses.",
            received=f"pattern={pattern!r}",
            hint="'b (h w) c -> b h w c'",
        )
    before, behind = _groups(sides[0]), _groups(sides[1])
    names = [name for group in before for name in group]
    others = [name for group in behind for name in group]
    if len(set(names)) != len(names) or sorted(names) != sorted(others):
        raise ArgumentError("Each side of a pattern names the same axes, each of them once.", received=repr(pattern))
    unknown = [name for name in lengths if name not in names]
    if unknown:
        raise ArgumentError("A length is that of an axis in the pattern.", received=f"{unknown[0]}, {pattern!r}")
    return before, behind


def axis_sizes(given: Any, before: Groups, lengths: dict[str, Any], pattern: str) -> dict[str, Any]:
    """The size of each named axis; `None` where it is unknown.

    Args:
        given: The shape of the tensor; sizes may be scalar tensors.
        before: The left side of the pattern.
        lengths: Sizes by name.
        pattern: The pattern, for the message.

    Raises:
        ShapeError: The tensor has another number of axes, or sizes do not fit.
        ArgumentError: More than one axis of a group has no length.
    """
    if len(given) != len(before):
        raise ShapeError("A pattern names every axis of the tensor.", received=f"shape {given}, {pattern!r}")
    found = dict(lengths)
    for size, group in zip(given, before, strict=True):
        missing = [name for name in group if name not in lengths]
        known = 1
        for name in group:
            known = known * lengths.get(name, 1)
        if len(missing) > 1:
            raise ArgumentError(
                "All axes that are joined but one have a length.", received=f"{pattern!r}", hint=f"{missing[0]}=2"
            )
        if missing:
            if isinstance(size, int) and (known == 0 or size % known):
                raise ShapeError("Lengths divide the size of the joined axis.", received=f"size {size}, {lengths}")
            found[missing[0]] = None if size is None else size if known == 1 else size // known
        elif isinstance(size, int) and size != known:
            raise ShapeError("Lengths are those of the axes.", received=f"size {size}, {lengths}, {pattern!r}")
    return found


@rules.rule()
def _rearrange_rule(tensor: Spec, pattern: str, **axes_lengths: int) -> Spec:
    before, behind = read_pattern(pattern, axes_lengths)
    sizes = axis_sizes(tensor.shape, before, axes_lengths, pattern)
    return Spec(tuple(rules.size_of([sizes[name] for name in group]) for group in behind), rules.same(tensor.dtype))


def _rearrange(tensor: np.ndarray, pattern: str, **axes_lengths: int) -> np.ndarray:
    before, behind = read_pattern(pattern, axes_lengths)
    sizes = axis_sizes(tensor.shape, before, axes_lengths, pattern)
    names = [name for group in before for name in group]
    result = np.zeros([math.prod(sizes[n] for n in group) for group in behind], tensor.dtype)
    for places in np.ndindex(*(sizes[name] for name in names)):
        at = dict(zip(names, places, strict=True))

        def place(group: Any, at: dict[str, int] = at) -> int:
            index = 0
            for name in group:
                index = index * sizes[name] + at[name]
            return index

        result[tuple(map(place, behind))] = tensor[tuple(map(place, before))]
    return result


@composite(
    infer=_rearrange_rule,
    reference=_rearrange,
    cases=[
        case(draw(2, 3, 4), "b h w -> w b h"),
        case(draw(2, 3, 4), "b h w -> (b h) w"),
        case(draw(2, 3, 4), "b h w -> h (w b)"),
        case(draw(2, 6), "b (h w) -> b h w", h=2),
        case(draw(6, 4), "(a b) (c d) -> (d a) c b", a=3, d=2),
        case(draw(2, 3), "a b->b a"),
        case(draw(2, 3), "a b -> (a b)"),
        case(draw(2, 1, 3), "a () b -> b a"),
        case(draw(), "->"),
        case(draw(0, 2), "a b -> (b a)"),
        case(draw(2, 6, dtype="bool"), "a (b c) -> c a b", b=2, c=3),
        case(draw(2, 3), "a b c -> a b c", raises=ShapeError, match="every axis"),
        case(draw(2, 5), "a (b c) -> a b c", b=2, raises=ShapeError, match="divide the size"),
        case(draw(2, 6), "a (b c) -> a b c", raises=ArgumentError, match="but one have a length"),
        case(draw(2, 3), "a b -> a", raises=ArgumentError, match="the same axes"),
        case(draw(2, 3), "a b", raises=ArgumentError, match="behind an arrow"),
        case(draw(2, 3), "a b -> b a", c=2, raises=ArgumentError, match="an axis in the pattern"),
    ],
)
def rearrange(tensor: Tensor, pattern: str, **axes_lengths: int) -> Tensor:
    """A tensor with its axes split, put in another order and joined, as a pattern says.

    On both sides of the arrow the axes are named in their order; those in parentheses make up one axis together, the
    last of them fastest.

    Args:
        tensor: A tensor of any shape and dtype.
        pattern: Such as `"b (h w) c -> b c h w"`.
        **axes_lengths: The sizes of named axes. Of axes in one pair of parentheses, one size may be left out.

    Returns:
        A tensor of the dtype of `tensor`.

    Raises:
        ArgumentError: The pattern is none, names not the same axes on both sides, or a length is missing.
        ShapeError: It does not fit the tensor.

    Source:
        A. Rogozhnikov, "Einops: Clear and Reliable Tensor Manipulations with Einstein-like Notation", 2022, section 4.

    ```python
    >>> rearrange([[1, 2, 3, 4]], "b (h w) -> w (b h)", h=2).tolist()
    [[1, 3], [2, 4]]

    ```
    """
    before, behind = read_pattern(pattern, axes_lengths)
    sizes = axis_sizes(tuple(shape(tensor)), before, axes_lengths, pattern)
    names = [name for group in before for name in group]
    order = [names.index(name) for group in behind for name in group]
    split = reshape(tensor, tuple(sizes[name] for name in names))
    joined = []
    for group in behind:
        size: Any = 1
        for name in group:
            size = size * sizes[name]
        joined.append(size)
    return reshape(transpose(split, tuple(order)), tuple(joined))
