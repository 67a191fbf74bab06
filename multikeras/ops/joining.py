"""Tensors joined into one, and one taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.indexing import get_item
from multikeras.ops.shaping import expand_dims, ravel


def _joined(specs: Sequence[Spec], axis: int) -> Shape:
    """The shape of tensors joined along an axis that all of them have."""
    if not specs:
        raise ArgumentError("At least one tensor is joined.", received="none")
    ndim = len(specs[0].shape)
    if any(len(spec.shape) != ndim for spec in specs):
        raise ShapeError("Tensors that are joined have the same number of axes.", received=_shown(specs))
    position = rules.canonical_axis(axis, ndim)
    sizes: list[int | None] = []
    for i in range(ndim):
        along = [spec.shape[i] for spec in specs]
        known = [size for size in along if size is not None]
        if i == position:
            sizes.append(sum(known) if len(known) == len(along) else None)
        elif len(set(known)) > 1:
            raise ShapeError(
                f"Tensors that are joined along axis {axis} have equal sizes along the others.", received=_shown(specs)
            )
        else:
            sizes.append(known[0] if known else None)
    return tuple(sizes)


def _shown(specs: Sequence[Spec]) -> str:
    return " and ".join(map(str, specs))


def _joined_dtype(specs: Sequence[Spec]) -> str:
    return rules.same(rules.common(*specs))


@rules.rule("promote")
def _concatenate_rule(xs: Sequence[Spec], axis: int | None = 0) -> Spec:
    if axis is None:
        xs = [Spec((rules.size_of(x.shape),), x.dtype) for x in xs]
        axis = 0
    return Spec(_joined(xs, axis), _joined_dtype(xs))


@primitive(
    infer=_concatenate_rule,
    reference=lambda xs, axis=0: np.concatenate(xs, axis),
    cases=[
        case([draw(2, 3), draw(1, 3, salt=1)]),
        case([draw(2, 3), draw(2, 1), draw(2, 0)], axis=-1),
        case([draw(2)]),
        case([draw(2, 2), draw(3)], axis=None),
        case([draw(0, 2), draw(0, 2)]),
        case([draw(2, dtype="int32"), draw(2, dtype="float32")]),
        case([draw(2, dtype="bool"), draw(2, dtype="uint8")]),
        case([draw(2, 3), draw(2, 2)], raises=ShapeError, match="equal sizes"),
        case([draw(2, 3), draw(2)], raises=ShapeError, match="same number of axes"),
        case([draw(2), draw(2)], axis=1, raises=ShapeError, match="axis 1"),
        case([draw(), draw()], raises=ShapeError, match="axis 0"),
        case([], raises=ArgumentError, match="At least one"),
    ],
)
def concatenate(xs: Sequence[Tensor], axis: int | None = 0) -> Tensor:
    """Tensors one after the other along an axis.

    Args:
        xs: One or more tensors of any dtypes, of equal sizes along the other axes.
        axis: The axis; `None` joins the raveled tensors.

    Returns:
        A tensor of the common dtype.

    Raises:
        ArgumentError: There is no tensor.
        ShapeError: The shapes do not fit, or there is no such axis.

    ```python
    >>> concatenate([[1, 2], [3]]).tolist()
    [1, 2, 3]

    ```
    """


@rules.rule("promote")
def _append_rule(x1: Spec, x2: Spec, axis: int | None = None) -> Spec:
    return _concatenate_rule([x1, x2], axis)


@composite(
    infer=_append_rule,
    reference=np.append,
    cases=[
        case(draw(2, 3), draw(1, 3), axis=0),
        case(draw(2, 3), draw(2)),
        case(draw(), 1),
        case(draw(2), draw(2), axis=-1),
        case(draw(2, dtype="int8"), draw(2, dtype="int32")),
        case(draw(2, 3), draw(2), axis=0, raises=ShapeError, match="same number of axes"),
    ],
)
def append(x1: Tensor, x2: Tensor, axis: int | None = None) -> Tensor:
    """`x2` after `x1` along an axis.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor of any dtype, of equal sizes along the other axes.
        axis: The axis; by default both are raveled first.

    Returns:
        A tensor of the common dtype.

    Raises:
        ShapeError: The shapes do not fit, or there is no such axis.

    ```python
    >>> append([1, 2], [3]).tolist()
    [1, 2, 3]

    ```
    """
    if axis is None:
        return concatenate([ravel(x1), ravel(x2)], 0)
    return concatenate([x1, x2], axis)


@rules.rule("promote")
def _stack_rule(x: Sequence[Spec], axis: int = 0) -> Spec:
    if not x:
        raise ArgumentError("At least one tensor is joined.", received="none")
    shape = list(x[0].shape)
    for other in x[1:]:
        if len(other.shape) != len(shape) or any(
            a != b and a is not None and b is not None for a, b in zip(shape, other.shape, strict=True)
        ):
            raise ShapeError("Tensors that are stacked have the same shape.", received=_shown(x))
        shape = [b if a is None else a for a, b in zip(shape, other.shape, strict=True)]
    shape.insert(rules.canonical_axis(axis, len(shape) + 1), len(x))
    return Spec(tuple(shape), _joined_dtype(x))


@composite(
    infer=_stack_rule,
    reference=lambda x, axis=0: np.stack(x, axis),
    cases=[
        case([draw(2, 3), draw(2, 3, salt=1)]),
        case([draw(2, 3), draw(2, 3, salt=1)], axis=-1),
        case([draw(2, 3), draw(2, 3, salt=1)], axis=1),
        case([draw(), draw(salt=1)]),
        case([draw(0), draw(0)]),
        case([draw(2)]),
        case([draw(2, dtype="int32"), draw(2, dtype="float16")]),
        case([draw(2), draw(3)], raises=ShapeError, match="same shape"),
        case([draw(2), draw(2)], axis=2, raises=ShapeError, match="axis 2"),
        case([], raises=ArgumentError, match="At least one"),
    ],
)
def stack(x: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new axis.

    Args:
        x: One or more tensors of any dtypes.
        axis: Where the new axis stands in the result.

    Returns:
        A tensor of the common dtype.

    Raises:
        ArgumentError: There is no tensor.
        ShapeError: The shapes differ, or there is no such axis.

    ```python
    >>> stack([[1, 2], [3, 4]], axis=1).tolist()
    [[1, 3], [2, 4]]

    ```
    """
    return concatenate([expand_dims(each, axis) for each in x], axis)


@rules.rule()
def _unstack_rule(x: Spec, num: int | None = None, axis: int = 0) -> list[Spec]:
    position = rules.canonical_axis(axis, len(x.shape))
    size = x.shape[position]
    if size is None:
        size = num
    if size is None:
        raise ShapeError("An axis of unknown size is unstacked into a given number.", received=str(x), hint="num=3")
    if num is not None and num != size:
        raise ShapeError("`num` is the size of the axis.", received=f"num={num}, axis={axis}, {x}")
    return [Spec(x.shape[:position] + x.shape[position + 1 :], rules.same(x.dtype))] * size


@composite(
    infer=_unstack_rule,
    reference=lambda x, num=None, axis=0: [np.take(x, i, axis) for i in range(x.shape[axis])],
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), axis=-1),
        case(draw(2, 3), num=2),
        case(draw(3)),
        case(draw(0, 2)),
        case(draw(2, 3), num=3, raises=ShapeError, match="size of the axis"),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
        case(draw(), raises=ShapeError, match="axis 0"),
    ],
)
def unstack(x: Tensor, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The tensors that lie side by side along an axis.

    Args:
        x: A tensor of one axis or more, of any dtype.
        num: The size of the axis, needed where it is unknown.
        axis: The axis.

    Returns:
        A list of tensors without that axis, of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, or `num` is not its size.

    ```python
    >>> [part.tolist() for part in unstack([[1, 2], [3, 4]])]
    [[1, 2], [3, 4]]

    ```
    """
    position = rules.canonical_axis(axis, len(x.shape))
    size = num if x.shape[position] is None else x.shape[position]
    if num is not None and num != size:
        raise ShapeError("`num` is the size of the axis.", received=f"num={num}, {size} entries")
    return [get_item(x, (*(slice(None),) * position, i)) for i in range(size)]  # pyright: ignore[reportArgumentType]


def _at_least(count: int, x: Any) -> Any:
    """`x` with axes of size 1 in front where it has fewer than `count`."""
    missing = count - len(x.shape)
    return expand_dims(x, tuple(range(missing))) if missing > 0 else x


def _at_least_spec(count: int, x: Spec) -> Spec:
    return Spec((1,) * (count - len(x.shape)) + x.shape, x.dtype)


@rules.rule("promote")
def _hstack_rule(xs: Sequence[Spec]) -> Spec:
    specs = [_at_least_spec(1, x) for x in xs]
    return Spec(_joined(specs, 0 if specs and len(specs[0].shape) == 1 else 1), _joined_dtype(specs))


@composite(
    infer=_hstack_rule,
    reference=np.hstack,
    cases=[
        case([draw(2, 3), draw(2, 1)]),
        case([draw(2), draw(3)]),
        case([draw(), draw(salt=1)]),
        case([draw(2, 1, 2), draw(2, 2, 2)]),
        case([draw(2, dtype="int32"), draw(2, dtype="float32")]),
        case([draw(2, 3), draw(3, 3)], raises=ShapeError, match="equal sizes"),
        case([], raises=ArgumentError, match="At least one"),
    ],
)
def hstack(xs: Sequence[Tensor]) -> Tensor:
    """Tensors one after the other along axis 1; those of one axis along axis 0.

    Args:
        xs: One or more tensors of any dtypes; scalars count as one entry.

    Returns:
        A tensor of the common dtype.

    Raises:
        ShapeError: The shapes do not fit.

    ```python
    >>> hstack([[[1], [2]], [[3], [4]]]).tolist()
    [[1, 3], [2, 4]]

    ```
    """
    parts = [_at_least(1, x) for x in xs]
    return concatenate(parts, 0 if len(parts[0].shape) == 1 else 1)


@rules.rule("promote")
def _vstack_rule(xs: Sequence[Spec]) -> Spec:
    specs = [_at_least_spec(2, x) for x in xs]
    return Spec(_joined(specs, 0), _joined_dtype(specs))


@composite(
    infer=_vstack_rule,
    reference=np.vstack,
    cases=[
        case([draw(2, 3), draw(1, 3)]),
        case([draw(2), draw(2, salt=1)]),
        case([draw(), draw(salt=1)]),
        case([draw(1, 1, 2), draw(2, 1, 2)]),
        case([draw(2), draw(3)], raises=ShapeError, match="equal sizes"),
    ],
)
def vstack(xs: Sequence[Tensor]) -> Tensor:
    """Tensors one after the other along axis 0; those of one axis as rows.

    Args:
        xs: One or more tensors of any dtypes; scalars count as rows of one entry.

    Returns:
        A tensor of the common dtype.

    Raises:
        ShapeError: The shapes do not fit.

    ```python
    >>> vstack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]

    ```
    """
    return concatenate([_at_least(2, x) for x in xs], 0)


def split_points(size: int, indices_or_sections: Any, even: bool) -> list[int]:
    """Where an axis of `size` entries is cut.

    Args:
        size: The axis's size.
        indices_or_sections: The number of parts, or the cuts themselves; negative cuts count from the end.
        even: Whether the parts of a given number must be equal.

    Returns:
        The cuts in [0, size]; the parts lie between them, a cut below its forerunner making an empty part.

    Raises:
        ShapeError: There are no equal parts, or less than one.
    """
    try:
        sections = indices_or_sections.__index__()
    except (AttributeError, TypeError):
        cuts = [int(cut) for cut in indices_or_sections]
        return [min(max(cut + size, 0) if cut < 0 else cut, size) for cut in cuts]
    if sections < 1:
        raise ShapeError("An axis is split into at least one part.", received=str(sections))
    if even and size % sections:
        raise ShapeError(
            "An axis is split into equal parts.",
            received=f"{size} entries into {sections} parts",
            hint="ops.array_split(x, ...)",
        )
    each, longer = divmod(size, sections)
    return [i * each + min(i, longer) for i in range(1, sections)]


def _split_rule(even: bool) -> Any:
    @rules.rule()
    def infer(x: Spec, indices_or_sections: Any, axis: int = 0) -> list[Spec]:
        position = rules.canonical_axis(axis, len(x.shape))
        size = x.shape[position]

        def part(length: int | None) -> Spec:
            return Spec((*x.shape[:position], length, *x.shape[position + 1 :]), rules.same(x.dtype))

        if isinstance(indices_or_sections, (float, str)) or indices_or_sections is None:
            raise DTypeError("An axis is split into a number of parts, or at places.", repr(indices_or_sections))
        if size is None:
            if hasattr(indices_or_sections, "__index__") and getattr(indices_or_sections, "ndim", 0) == 0:
                return [part(None)] * len([*split_points(0, indices_or_sections, even), 0])
            cuts = [int(cut) for cut in indices_or_sections]
            starts, known = [0, *cuts], all(cut >= 0 for cut in cuts)
            # A cut may lie behind the end of an axis of unknown size.
            return [part(0 if known and b <= a else None) for a, b in zip(starts, cuts, strict=False)] + [part(None)]
        cuts = split_points(size, indices_or_sections, even)
        return [part(max(b - a, 0)) for a, b in zip([0, *cuts], [*cuts, size], strict=True)]

    return infer


@composite(
    infer=_split_rule(even=True),
    reference=np.split,
    cases=[
        case(draw(6, 2), 3),
        case(draw(2, 6), 2, axis=-1),
        case(draw(6), [1, 4]),
        case(draw(6), (2, 2, 9)),
        case(draw(6), [-2]),
        case(draw(6), [4, 2]),
        case(draw(0, 2), 2),
        case(draw(4, dtype="bool"), 2),
        case(draw(2, 3), 2, axis=1, raises=ShapeError, match="equal parts"),
        case(draw(2, 3), 0, raises=ShapeError, match="at least one part"),
        case(draw(2, 3), 2, axis=2, raises=ShapeError, match="axis 2"),
    ],
)
def split(x: Tensor, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """The parts of `x` between cuts across an axis.

    Args:
        x: A tensor of one axis or more, of any dtype.
        indices_or_sections: The number of equal parts, or the places of the cuts: `[1, 4]` makes the parts `[0:1]`,
            `[1:4]` and `[4:]`.
        axis: The axis that is cut.

    Returns:
        A list of tensors of the dtype of `x`.

    Raises:
        ShapeError: There are no equal parts, or there is no such axis.

    ```python
    >>> [part.tolist() for part in split([1, 2, 3, 4], 2)]
    [[1, 2], [3, 4]]

    ```
    """
    position = rules.canonical_axis(axis, len(x.shape))
    cuts = split_points(x.shape[position], indices_or_sections, even=True)
    before = (slice(None),) * position
    bounds = zip([0, *cuts], [*cuts, x.shape[position]], strict=True)
    return [get_item(x, (*before, slice(start, end))) for start, end in bounds]


@composite(
    infer=_split_rule(even=False),
    reference=np.array_split,
    cases=[
        case(draw(7, 2), 3),
        case(draw(2, 5), 2, axis=-1),
        case(draw(6), [1, 4]),
        case(draw(2), 3),
        case(draw(0), 2),
        case(draw(2, 3), 0, raises=ShapeError, match="at least one part"),
        case(draw(2, 3), 2, axis=2, raises=ShapeError, match="axis 2"),
    ],
)
def array_split(x: Tensor, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """The parts of `x` between cuts across an axis; a number of parts need not divide its size.

    The first parts are longer by one entry where they can't be equal.

    Args:
        x: A tensor of one axis or more, of any dtype.
        indices_or_sections: The number of parts, or the places of the cuts.
        axis: The axis that is cut, of known size.

    Returns:
        A list of tensors of the dtype of `x`.

    Raises:
        ShapeError: There is less than one part, or no such axis.

    ```python
    >>> [part.tolist() for part in array_split([1, 2, 3], 2)]
    [[1, 2], [3]]

    ```
    """
    size = x.shape[rules.canonical_axis(axis, len(x.shape))]
    return split(x, split_points(size, indices_or_sections, even=False), axis)
