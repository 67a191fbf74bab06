"""A function called step by step along the first axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.call import from_specs, without_history
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import zeros
from multikeras.ops.joining import stack, unstack


def check_steps(f: Any, xs: Sequence[Any], length: Any, unroll: Any) -> int | None:
    """How many steps a scan has, `None` where the sizes do not tell.

    Raises:
        ArgumentError: `f` is no function, `unroll` no count, or nothing says how many steps there are.
        ShapeError: The tensors have different numbers of steps.
    """
    if not callable(f):
        raise ArgumentError("`f` is a function of the carry and one step's input.", received=repr(f))
    if not isinstance(unroll, (int, bool)) or (not isinstance(unroll, bool) and unroll < 1):
        raise ArgumentError("`unroll` is a bool, or an integer from 1 on.", received=f"unroll={unroll!r}")
    if length is not None and (isinstance(length, bool) or not hasattr(length, "__index__") or length < 0):
        raise ArgumentError("`length` is an integer from 0 on.", received=f"length={length!r}", hint="length=10")
    if not xs and length is None:
        raise ArgumentError("A scan without `xs` is told its length.", received="length=None", hint="length=10")
    known = None if length is None else int(length)
    for x in xs:
        if not x.shape:
            raise ShapeError("The entries of `xs` have an axis of steps, the first.", received="a scalar")
        size = x.shape[0]
        if size is not None and known is not None and size != known:
            raise ShapeError("The entries of `xs` have the same number of steps.", received=f"{size} and {known}")
        known = size if known is None else known
    return known


def _weak(spec: Spec) -> Spec:
    return Spec(spec.shape, rules.same(spec.dtype))


def _one_step(f: Callable, init: Sequence[Spec], xs: Sequence[Spec]) -> tuple[list[Spec], list[Spec]]:
    """The specs of the carry and the output of one step."""
    carry = [_weak(s) for s in init]
    entries = [Spec(s.shape[1:], rules.same(s.dtype)) for s in xs]
    after, outputs = without_history(f, from_specs(carry), from_specs(entries))
    after = [strong_spec(x) for x in after]
    if len(after) != len(carry) or not all(map(alike, carry, after)):
        shown = [" and ".join(map(str, pair)) for pair in zip(carry, after, strict=False)]
        raise StructureError(
            "The carry of a scan keeps its structure, shapes and dtypes.",
            received="; ".join(shown) if len(after) == len(carry) else f"{len(carry)} tensors, then {len(after)}",
        )
    return carry, [strong_spec(x) for x in outputs]


def strong_spec(x: Any) -> Spec:
    """The spec of a tensor or a number; that of a number has the dtype that it becomes a tensor with."""
    from multikeras.ops._values import argument_spec

    return _weak(argument_spec(x, None))


def alike(a: Any, b: Any) -> bool:
    """Whether two tensors or specs have one dtype, and shapes that may be one."""
    return (
        a.dtype == b.dtype
        and len(a.shape) == len(b.shape)
        and all(m == n or m is None or n is None for m, n in zip(a.shape, b.shape, strict=True))
    )


@rules.rule()
def _scan_rule(
    f: Callable, init: list[Spec], xs: list[Spec], length: int | None = None, reverse: bool = False, unroll: Any = 1
) -> tuple[list[Spec], list[Spec]]:
    count = check_steps(f, xs, length, unroll)
    carry, outputs = _one_step(f, init, xs)
    return carry, [Spec((count, *s.shape), s.dtype) for s in outputs]


def _scan_reference(
    f: Callable, init: list[Any], xs: list[Any], length: int | None = None, reverse: bool = False, unroll: Any = 1
) -> tuple[list[Any], list[Any]]:
    count = len(xs[0]) if xs else length
    carry, rows = init, {}
    for t in sorted(range(count), reverse=reverse):  # type: ignore[arg-type]
        carry, rows[t] = f(carry, [x[t] for x in xs])
    return carry, [np.stack(column) for column in zip(*(rows[t] for t in range(count)), strict=True)]  # type: ignore[arg-type]


def _running_sum(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
    total = carry[0] + x[0]
    return [total], [total]


def _two_of_each(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
    a, b = carry
    return [a * x[0], b + x[1] * a], [a + b, x[1] * b]


def _doubled(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
    return [carry[0] + carry[0]], [carry[0]]


def _grown(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
    return [carry[0] + x[0], x[0]], [x[0]]


# What all frameworks have a `+` for.
_NUMBERS = ("float32", "float64", "float16", "bfloat16", "int32", "int64", "uint8")


@composite(
    name="scan",
    infer=_scan_rule,
    reference=_scan_reference,
    cases=[
        case(_running_sum, [draw(3)], [draw(4, 3)], dtypes=_NUMBERS),
        case(_running_sum, [draw(3)], [draw(4, 3)], reverse=True, dtypes=_NUMBERS),
        case(_running_sum, [draw()], [draw(5)], unroll=2, dtypes=_NUMBERS),
        case(_running_sum, [draw(2)], [draw(3, 2)], unroll=True, dtypes=_NUMBERS),
        case(_two_of_each, [draw(2), draw(2, salt=1)], [draw(3, 2, salt=2), draw(3, 2, salt=3)], dtypes=("float32",)),
        case(_doubled, [draw(2)], [], length=3, dtypes=("float32", "int32")),
        case(
            _running_sum,
            [draw(3)],
            [draw(4)],
            length=5,
            raises=ShapeError,
            match="same number of steps",
            dtypes=_NUMBERS,
        ),
        case(_doubled, [draw(2)], [], raises=ArgumentError, match="told its length", dtypes=_NUMBERS),
        case(3, [draw(2)], [draw(2)], raises=ArgumentError, match="is a function"),
        case(_grown, [draw(2)], [draw(3, 2)], raises=StructureError, match="keeps its structure", dtypes=("float32",)),
        case(_running_sum, [draw(2)], [draw(2)], unroll=0, raises=ArgumentError, match="unroll", dtypes=_NUMBERS),
    ],
)
def scan_flat(
    f: Callable[..., Any],
    init: Sequence[Tensor],
    xs: Sequence[Tensor],
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[list[Tensor], list[Tensor]]:
    """`scan` of a carry, inputs and outputs that are plain lists of tensors: what backends implement.

    Args:
        f: From lists of carries and of one step's inputs to sequences of carries and of one step's outputs.
        init: The first carries.
        xs: The inputs, steps along the first axis.
        length: How many steps there are, where `xs` is empty.
        reverse: Whether the last step comes first.
        unroll: How many steps are written out in each round of a compiled loop; `True` for all.

    Returns:
        A list of the last carries, and a list of the outputs, steps along the first axis.

    Raises:
        ArgumentError, ShapeError, StructureError: As `scan`.

    ```python
    >>> import multikeras as keras
    >>> x = keras.ops.array([1.0, 2.0])
    >>> scan_flat(lambda carry, x: ([carry[0] + x[0]], [carry[0]]), [0.0], [x])[1][0].tolist()
    [0.0, 1.0]

    ```
    """
    count = check_steps(f, xs, length, unroll)
    if count is None:
        count = shape_of(xs[0])[0]
    if count == 0:
        carry, outputs = _one_step(f, [strong_spec(x) for x in init], [strong_spec(x) for x in xs])
        return list(init), [zeros((0, *s.shape), dtype=s.dtype) for s in outputs]
    columns = [unstack(x, count) for x in xs]
    carry: Any = list(init)
    rows: list[Any] = []
    for t in range(count - 1, -1, -1) if reverse else range(count):
        after, outputs = f(carry, [column[t] for column in columns])
        if not rows:
            check_carry(carry, after)
        carry = list(after)
        rows.append(outputs)
    if reverse:
        rows.reverse()
    return carry, [stack(column) for column in zip(*rows, strict=True)]


def check_carry(before: Sequence[Any], after: Sequence[Any]) -> None:
    """Raise unless carries are alike before and after a step.

    Raises:
        StructureError: They differ in number, shape or dtype.
    """
    if len(before) != len(after) or any(a is not b and not alike(a, b) for a, b in zip(before, after, strict=True)):
        pairs = zip(before, after, strict=False)
        raise StructureError(
            "The carry of a scan keeps its structure, shapes and dtypes.",
            received="; ".join(f"{strong_spec(a)} and {strong_spec(b)}" for a, b in pairs)
            if len(before) == len(after)
            else f"{len(before)} tensors, then {len(after)}",
        )


def filled(tree: Any, leaves: Sequence[Any]) -> Any:
    """`tree` with other leaves in the place of its own, in order; a `None` stays."""
    given = iter(leaves)
    return map_structure(lambda leaf: None if leaf is None else next(given), tree)


def _leaves(tree: Any) -> list[Any]:
    return [leaf for leaf in flatten(tree) if leaf is not None]


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """The last carry and all outputs of `carry, y = f(carry, x)`, called for one entry of `xs` after another.

    It is the loop

        ys = []
        for x in xs:
            carry, y = f(carry, x)
            ys.append(y)
        return carry, stack(ys)

    which compiled steps run as one operation where the framework has it.

    Args:
        f: From a carry and one step's input to the next carry, of the same structure, shapes and dtypes, and one step's
            output.
        init: The first carry: tensors in any nesting.
        xs: Tensors in any nesting, steps along the first axis; `None` for no input, `f` is called with `None` then.
        length: How many steps there are; needed where `xs` has no tensors.
        reverse: Whether the last step comes first. Outputs stay with the inputs that they belong to.
        unroll: How many steps are written out in each round of a compiled loop; `True` for all.

    Returns:
        The carry after the last step, nested as `init` is, and the outputs, nested as `f` returns them, steps along the
        first axis.

    Raises:
        ArgumentError: `f` is no function, `unroll` no count, or nothing says how many steps there are.
        ShapeError: The entries of `xs` have different numbers of steps.
        StructureError: The carry changes its structure, a shape or a dtype.

    ```python
    >>> import multikeras as keras
    >>> x = keras.ops.array([1.0, 2.0, 3.0])
    >>> last, sums = scan(lambda total, x: (total + x, total + x), 0.0, x)
    >>> float(last), sums.tolist()
    (6.0, [1.0, 3.0, 6.0])

    ```
    """
    if not callable(f):
        raise ArgumentError("`f` is a function of the carry and one step's input.", received=repr(f))
    nested: list[Any] = []

    def flat(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
        result = f(filled(init, carry), filled(xs, x))
        if not isinstance(result, (list, tuple)) or len(result) != 2:
            raise StructureError(
                "The function of a scan returns two things: the next carry, and an output.", received=repr(type(result))
            )
        after, y = result
        nested[:] = [y]
        return _leaves(after), _leaves(y)

    carry, ys = scan_flat(flat, _leaves(init), _leaves(xs), length, reverse, unroll)
    return filled(init, carry), filled(nested[0], ys) if nested else ys


scan.op = scan_flat.op  # type: ignore[attr-defined]
