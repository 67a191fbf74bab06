"""Reading the subscripts of `einsum`."""

from __future__ import annotations

import functools
import string
from typing import NamedTuple

from multikeras.backend.spec import Shape
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops._rules import broadcast_shapes

ELLIPSIS = "..."
_LETTERS = frozenset(string.ascii_letters)


class Subscripts(NamedTuple):
    """The labels of the operands' axes and of the result's; `"..."` is one label.

    Args:
        operands: One tuple of labels for each operand.
        result: The labels of the result.
    """

    operands: tuple[tuple[str, ...], ...]
    result: tuple[str, ...]


def _labels(term: str, subscripts: str) -> tuple[str, ...]:
    head, ellipsis, tail = term.partition(ELLIPSIS)
    labels = (*head, *((ELLIPSIS,) if ellipsis else ()), *tail)
    if any(label not in _LETTERS and label != ELLIPSIS for label in labels):
        raise ArgumentError("Subscripts are letters and `...`.", received=repr(subscripts), hint="'ij,jk->ik'")
    return labels


@functools.lru_cache(maxsize=512)
def read_subscripts(subscripts: str) -> Subscripts:
    """The labels in the subscripts of `einsum`, those of the result among them where they are not written out.

    Raises:
        ArgumentError: The subscripts are malformed.
    """
    terms, arrow, result = subscripts.replace(" ", "").partition("->")
    operands = tuple(_labels(term, subscripts) for term in terms.split(","))
    found = [label for labels in operands for label in labels]
    if not arrow:
        once = sorted(label for label in set(found) if label != ELLIPSIS and found.count(label) == 1)
        return Subscripts(operands, (ELLIPSIS, *once) if ELLIPSIS in found else tuple(once))
    wanted = _labels(result, subscripts)
    if len(set(wanted)) != len(wanted):
        raise ArgumentError("Each axis of the result is named once.", received=repr(subscripts))
    if any(label not in found and label != ELLIPSIS for label in wanted):
        raise ArgumentError("The result has an axis that no operand has.", received=repr(subscripts))
    return Subscripts(operands, wanted)


def einsum_shape(subscripts: str, shapes: tuple[Shape, ...]) -> Shape:
    """The shape of the result of `einsum` on operands of these shapes.

    Raises:
        ArgumentError: The subscripts are malformed, or are not for this number of operands.
        ShapeError: An operand does not have the axes that its subscripts name, or one letter stands for two sizes.
    """
    if not isinstance(subscripts, str):
        raise ArgumentError("Subscripts are a string.", received=repr(subscripts), hint="'ij,jk->ik'")
    operands, result = read_subscripts(subscripts)
    if len(operands) != len(shapes):
        raise ArgumentError(
            "There are subscripts for each operand.", received=f"{subscripts!r} with {len(shapes)} operands"
        )
    sizes: dict[str, int | None] = {}
    broadcast: list[Shape] = []
    for labels, shape in zip(operands, shapes, strict=True):
        extra = len(shape) - len(labels) + 1 if ELLIPSIS in labels else 0
        if extra < 0 or (ELLIPSIS not in labels and len(labels) != len(shape)):
            raise ShapeError(
                "Subscripts name all axes of an operand.",
                received=f"{''.join(labels)!r} for shape {shape}, which has {len(shape)} axes",
            )
        position = 0
        own: dict[str, int | None] = {}
        for label in labels:
            if label == ELLIPSIS:
                broadcast.append(shape[position : position + extra])
                position += extra
                continue
            size = shape[position]
            position += 1
            # Axes of 1 broadcast with those of other operands, not with their own.
            before, known = own.get(label), sizes.get(label)
            for other in (before, None if 1 in (known, size) else known):
                if None not in (other, size) and other != size:
                    raise ShapeError(
                        f"The letter {label!r} stands for two sizes, {other} and {size}.", received=str(shapes)
                    )
            own[label] = size if before is None else before
            if known is None or known == 1:
                sizes[label] = size if size is not None else known
    shared = broadcast_shapes(*broadcast) if broadcast else ()
    final: list[int | None] = []
    for label in result:
        if label == ELLIPSIS:
            final += shared
        else:
            final.append(sizes[label])
    return tuple(final)


def spread_shapes(subscripts: str, shapes: tuple[Shape, ...]) -> list[Shape]:
    """The shapes of operands with axes of 1 as long as their letter is elsewhere, for kernels that do not broadcast.

    Args:
        subscripts: As `einsum_shape` takes them.
        shapes: Of the operands.
    """
    operands, _ = read_subscripts(subscripts)
    named = []
    for labels, shape in zip(operands, shapes, strict=True):
        start = labels.index(ELLIPSIS) if ELLIPSIS in labels else len(labels)
        behind = len(labels) - start - 1
        extra = len(shape) - len(labels) + 1 if ELLIPSIS in labels else 0
        named.append([*labels[:start], *[""] * extra, *(labels[start + 1 :] if behind > 0 else ())])
    sizes: dict[str, int | None] = {}
    for letters, shape in zip(named, shapes, strict=True):
        sizes |= {letter: size for letter, size in zip(letters, shape, strict=True) if size != 1}
    return [
        tuple(sizes.get(letter, size) if letter and size == 1 else size for letter, size in zip(letters, shape))
        for letters, shape in zip(named, shapes, strict=True)
    ]
