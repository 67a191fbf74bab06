"""Reusable shape and dtype rules: what the `infer` of an op is made of.

A rule is called like its op, with a `Spec` in the place of each tensor, and returns the `Spec` of the result (or
raises the
error that the op raises). Its attribute `cast` tells the dispatcher which dtypes the implementations take: `None` those
given, `"promote"` the common dtype of all tensor arguments, `"number"` that dtype but int32 for bool, `"float"` that
dtype made floating. Its attribute `casts` names the tensor parameters that this concerns, where not all. Its attribute
`made_in` names the parameter for the result's dtype: where that has 64 bits, Python numbers are made in as many. Its
attribute `elementwise`, where it has one, tells how many leading tensors decide each entry of the result by their
entries there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops._values import argument_spec

DTypeRule = Callable[[str], str] | str


def rule(
    cast: str | None = None, casts: tuple[str, ...] | None = None, made_in: str | None = None
) -> Callable[[Callable], Callable]:
    """Decorator: a plain function as the `infer` of an op, with its `cast`, `casts` and `made_in`."""

    def mark(function: Callable) -> Callable:
        function.cast = cast  # type: ignore[attr-defined]
        function.casts = casts  # type: ignore[attr-defined]
        function.made_in = made_in  # type: ignore[attr-defined]
        return function

    return mark


# -- Dtypes ---------------------------------------------------------------------------------------------------


def same(name: str) -> str:
    """The operand's dtype."""
    return lattice.strong(name)


def floating(name: str) -> str:
    """The operand's dtype made floating."""
    return lattice.to_float(name)


def no_bool(name: str) -> str:
    """The operand's dtype, int32 for bool."""
    return "int32" if name == "bool" else lattice.strong(name)


def accumulated(name: str) -> str:
    """The dtype of a sum: int32 for bool and integers below 32 bits, as in Keras; uint32 for small unsigned ones."""
    if name in ("bool", "int8", "int16"):
        return "int32"
    if name in ("uint8", "uint16"):
        return "uint32"
    return lattice.strong(name)


def not_bool(op: str, hint: str) -> Callable[[str], str]:
    """The operand's dtype, which is not bool.

    Args:
        op: The op's name, for the message.
        hint: What to type in its place.
    """

    def numeric(name: str) -> str:
        if name == "bool":
            raise DTypeError(f"ops.{op} takes numbers, not bools.", received="bool", hint=hint)
        return lattice.strong(name)

    return numeric


def real_part(name: str) -> str:
    """The dtype of an absolute value: complex numbers have real ones."""
    return {"complex64": "float32", "complex128": "float64"}.get(name, lattice.strong(name))


def _dtype(rule: DTypeRule, name: str) -> str:
    return rule if isinstance(rule, str) else rule(name)


def _cast_for(dtype: DTypeRule, otherwise: str | None) -> str | None:
    if dtype is floating:
        return "float"
    return "number" if dtype is no_bool else otherwise


def common(*specs: Spec | None) -> str:
    """The common dtype name of operands; may be weak."""
    return lattice.weak_join(spec.dtype for spec in specs if spec is not None)


def require(name: str, spec: Spec, kinds: frozenset[str], wanted: str, op: str) -> None:
    """Raise `DTypeError` unless the dtype is one of `kinds`.

    Args:
        name: The argument's name.
        spec: The argument's spec.
        kinds: Dtype names that are taken.
        wanted: What they are called in the message, such as "an integer dtype".
        op: The op's name.
    """
    if lattice.strong(spec.dtype) not in kinds:
        raise DTypeError(
            f"ops.{op} takes `{name}` of {wanted}.", received=f"{name}={spec}", hint=f"ops.cast({name}, ...)"
        )


def require_fit(number: Any, name: str) -> None:
    """Raise `ArgumentError` where an integer dtype does not hold a Python number, its fraction cut off."""
    if type(number) not in (int, float) or not lattice.is_integer(name):
        return
    limits = ml_dtypes.iinfo(lattice.numpy_dtype(name))
    if not int(limits.min) - 1 < number < int(limits.max) + 1:
        raise ArgumentError("A Python number fits the dtype it meets.", received=f"{number!r} as {name}")


def require_number(name: str, value: Any) -> None:
    """Raise `ArgumentError` unless an argument is a real number, or a scalar tensor of one."""
    if type(value) is int or type(value) is float:
        return
    try:
        spec = argument_spec(value, None)
    except ArgumentError:
        spec = None
    if spec is None or spec.shape != () or lattice.strong(spec.dtype) in lattice.COMPLEX:
        shown = value if spec is None else spec
        raise ArgumentError(f"`{name}` is a number.", received=f"{name}={shown!s}")


# -- Shapes ---------------------------------------------------------------------------------------------------


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape that shapes broadcast to.

    Raises:
        ShapeError: They do not.
    """
    ndim = max([0, *(len(shape) for shape in shapes)])
    result: list[int | None] = []
    for i in range(ndim):
        size: int | None = 1
        for shape in shapes:
            j = i - ndim + len(shape)
            if j < 0:
                continue
            s = shape[j]
            if s == 1 or s == size:
                continue
            if size == 1:
                size = s
            elif s is None:
                continue
            elif size is None:
                size = s
            else:
                raise ShapeError(
                    "Shapes broadcast when their sizes, aligned at the right, are equal or 1.",
                    received=" and ".join(map(str, shapes)),
                    hint="ops.expand_dims or ops.reshape one of them",
                )
        result.append(size)
    return tuple(result)


def canonical_axis(axis: Any, ndim: int, what: str = "axis") -> int:
    """`axis` counted from the front.

    Raises:
        ShapeError: There is no such axis.
    """
    try:
        position = axis.__index__()
    except (AttributeError, TypeError):
        raise ArgumentError(f"`{what}` is an integer.", received=repr(axis)) from None
    if isinstance(axis, bool) or not -ndim <= position < ndim:
        raise ShapeError(f"A tensor with {ndim} axes has no {what} {axis}.", received=f"{what}={axis}, {ndim} axes")
    return position + ndim if position < 0 else position


def canonical_axes(axis: Any, ndim: int, what: str = "axis") -> tuple[int, ...]:
    """Axes counted from the front: all of them for `None`.

    Raises:
        ShapeError: There is no such axis, or one is named twice.
    """
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, (list, tuple)):
        axes = tuple(canonical_axis(a, ndim, what) for a in axis)
        if len(set(axes)) != len(axes):
            raise ShapeError(f"Each {what} is named once.", received=f"{what}={axis}")
        return axes
    return (canonical_axis(axis, ndim, what),)


def reduced_shape(shape: Shape, axis: Any, keepdims: bool) -> Shape:
    """The shape after the reduction of some axes."""
    axes = canonical_axes(axis, len(shape))
    if keepdims:
        return tuple(1 if i in axes else s for i, s in enumerate(shape))
    return tuple(s for i, s in enumerate(shape) if i not in axes)


def size_of(shape: Sequence[int | None]) -> int | None:
    """The number of entries, `None` where a size is unknown."""
    total = 1
    for s in shape:
        if s == 0:
            return 0
    for s in shape:
        if s is None:
            return None
        total *= s
    return total


# -- Whole rules ----------------------------------------------------------------------------------------------


def elementwise(dtype: DTypeRule = same) -> Callable:
    """One tensor in, the same shape out; further arguments do not matter.

    Args:
        dtype: The result's dtype: `same`, `floating`, ... or a name. With `floating` the implementation gets floats,
            with
            `no_bool` numbers.
    """

    @rule(cast=_cast_for(dtype, None))
    def infer(x: Spec, *arguments: Any) -> Spec:
        return Spec(x.shape, _dtype(dtype, x.dtype))

    infer.elementwise = 1  # type: ignore[attr-defined]
    return infer


def broadcast(count: int = 2, dtype: DTypeRule = same) -> Callable:
    """`count` leading tensors that broadcast; the common dtype.

    Args:
        count: How many tensors.
        dtype: The result's dtype, from the common one.
    """

    @rule(cast=_cast_for(dtype, "promote"))
    def infer(*arguments: Any) -> Spec:
        tensors = [a for a in arguments[:count] if a is not None]
        return Spec(broadcast_shapes(*(t.shape for t in tensors)), _dtype(dtype, common(*tensors)))

    infer.elementwise = count  # type: ignore[attr-defined]
    return infer


def reduce(dtype: DTypeRule = same, nonempty: bool = False) -> Callable:
    """`(x, axis, keepdims, ...)`: axes are reduced.

    Args:
        dtype: The result's dtype. With `floating` the implementation gets floats, with `no_bool` numbers.
        nonempty: Whether reducing over no entries is an error.
    """

    @rule(cast=_cast_for(dtype, None))
    def infer(x: Spec, axis: Any = None, keepdims: bool = False, *arguments: Any) -> Spec:
        axes = canonical_axes(axis, len(x.shape))
        if nonempty and any(x.shape[i] == 0 for i in axes):
            raise ShapeError(
                "A maximum or minimum is taken over at least one entry.", received=f"empty {x}, axis={axis}"
            )
        return Spec(reduced_shape(x.shape, axis, keepdims), _dtype(dtype, x.dtype))

    return infer
