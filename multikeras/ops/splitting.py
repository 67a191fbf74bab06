"""Tensors taken apart along the axis that an op's name tells, and put together in depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.joining import _at_least_spec, _joined, _joined_dtype, _split_rule, concatenate, split
from multikeras.ops.shaping import expand_dims

_split_spec = _split_rule(even=True)


def _named_rule(op: str, least: int, axis: int) -> Any:
    @rules.rule()
    def infer(x: Spec, indices_or_sections: Any) -> list[Spec]:
        if len(x.shape) < least:
            raise ShapeError(f"ops.{op} takes a tensor of {least} or more axes.", received=f"x={x}", hint="ops.split")
        return _split_spec(x, indices_or_sections, _axis(len(x.shape), axis))

    return infer


def _axis(ndim: int, axis: int) -> int:
    """Where the parts lie: a vector has them along its only axis."""
    return min(axis, ndim - 1) if axis == 1 else axis


def _parts(x: Any, cuts: Any, least: int, axis: int) -> list[Any]:
    if len(x.shape) < least:
        raise ShapeError("too few axes", received="")
    return split(x, cuts, _axis(len(x.shape), axis))


@composite(
    infer=_named_rule("vsplit", 2, 0),
    reference=np.vsplit,
    cases=[
        case(draw(4, 2), 2),
        case(draw(4, 2), [1, 3]),
        case(draw(4, 2), (3, 2, 9)),
        case(draw(4, 2, dtype="bool"), 4),
        case(draw(4, 2), 3, raises=ShapeError, match="equal parts"),
        case(draw(4), 2, raises=ShapeError, match="or more axes"),
    ],
)
def vsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """The parts of `x` between cuts across its first axis, its rows. See `split`.

    Args:
        x: A tensor of 2 or more axes, of any dtype.
        indices_or_sections: The number of equal parts, or the places of the cuts.

    Returns:
        A list of tensors of the dtype of `x`.

    Raises:
        ShapeError: There are no equal parts, or too few axes.

    ```python
    >>> [part.tolist() for part in vsplit([[1, 2], [3, 4]], 2)]
    [[[1, 2]], [[3, 4]]]

    ```
    """
    return _parts(x, indices_or_sections, 2, 0)


@composite(
    infer=_named_rule("hsplit", 1, 1),
    reference=np.hsplit,
    cases=[
        case(draw(2, 4), 2),
        case(draw(2, 4), [1, 3]),
        case(draw(2, 4), (3, 2, 9)),
        case(draw(4), 2),
        case(draw(5), [2]),
        case(draw(2, 4, dtype="bool"), 4),
        case(draw(2, 4), 3, raises=ShapeError, match="equal parts"),
        case(draw(), 2, raises=ShapeError, match="or more axes"),
    ],
)
def hsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """The parts of `x` between cuts across its second axis, its columns; of a vector along the only one. See `split`.

    Args:
        x: A tensor of 1 or more axes, of any dtype.
        indices_or_sections: The number of equal parts, or the places of the cuts.

    Returns:
        A list of tensors of the dtype of `x`.

    Raises:
        ShapeError: There are no equal parts, or too few axes.

    ```python
    >>> [part.tolist() for part in hsplit([[1, 2], [3, 4]], 2)]
    [[[1], [3]], [[2], [4]]]

    ```
    """
    return _parts(x, indices_or_sections, 1, 1)


@composite(
    infer=_named_rule("dsplit", 3, 2),
    reference=np.dsplit,
    cases=[
        case(draw(2, 1, 4), 2),
        case(draw(2, 1, 4), [1, 3]),
        case(draw(2, 1, 4), (3, 2, 9)),
        case(draw(2, 1, 4, dtype="bool"), 4),
        case(draw(2, 1, 4), 3, raises=ShapeError, match="equal parts"),
        case(draw(2, 4), 2, raises=ShapeError, match="or more axes"),
    ],
)
def dsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """The parts of `x` between cuts across its third axis. See `split`.

    Args:
        x: A tensor of 3 or more axes, of any dtype.
        indices_or_sections: The number of equal parts, or the places of the cuts.

    Returns:
        A list of tensors of the dtype of `x`.

    Raises:
        ShapeError: There are no equal parts, or too few axes.

    ```python
    >>> [part.tolist() for part in dsplit([[[1, 2]], [[3, 4]]], 2)]
    [[[[1]], [[3]]], [[[2]], [[4]]]]

    ```
    """
    return _parts(x, indices_or_sections, 3, 2)


def _deep_spec(x: Spec) -> Spec:
    shape = x.shape
    return (
        Spec((1, *shape, 1) if len(shape) == 1 else (*shape, 1), x.dtype)
        if len(shape) in (1, 2)
        else (_at_least_spec(3, x))
    )


@rules.rule("promote")
def _dstack_rule(xs: Sequence[Spec]) -> Spec:
    return Spec(_joined([_deep_spec(x) for x in xs], 2), _joined_dtype(xs))


@composite(
    infer=_dstack_rule,
    reference=np.dstack,
    cases=[
        case([draw(2, 3), draw(2, 3, salt=1)]),
        case([draw(3), draw(3, salt=1)]),
        case([draw(), draw(salt=1)]),
        case([draw(2, 1, 2), draw(2, 1, 3)]),
        case([draw(1, 3), draw(3)]),
        case([draw(2, dtype="int32"), draw(2, dtype="float32")]),
        case([draw(2, 3), draw(3, 3)], raises=ShapeError, match="equal sizes"),
        case([], raises=ArgumentError, match="At least one"),
    ],
)
def dstack(xs: Sequence[Tensor]) -> Tensor:
    """Tensors one behind the other along the third axis.

    Args:
        xs: One or more tensors of any dtypes; matrices get a third axis, vectors of `n` entries become (1, n, 1).

    Returns:
        A tensor of three axes or more, of the common dtype.

    Raises:
        ArgumentError: There is no tensor.
        ShapeError: The shapes do not fit.

    ```python
    >>> dstack([[1, 2], [3, 4]]).tolist()
    [[[1, 3], [2, 4]]]

    ```
    """
    return concatenate([_deep(x) for x in xs], 2)


def _deep(x: Any) -> Any:
    ndim = len(x.shape)
    if ndim == 2:
        return expand_dims(x, 2)
    return x if ndim > 2 else expand_dims(x, (0, 2) if ndim == 1 else (0, 1, 2))
