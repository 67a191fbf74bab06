"""A function called as long as a condition holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.call import from_specs, without_history
from multikeras.graph.operation import flatten
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.conversion import cast, convert_to_tensor
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.looping import alike, filled, scan_flat, strong_spec


def check_loop(cond: Any, body: Any, maximum_iterations: Any) -> None:
    """Raise unless these are the functions and the bound of a loop.

    Raises:
        ArgumentError: They are not.
    """
    for name, function in (("cond", cond), ("body", body)):
        if not callable(function):
            raise ArgumentError(f"`{name}` is a function of the loop's variables.", received=repr(function))
    count = maximum_iterations
    if count is not None and (isinstance(count, bool) or not hasattr(count, "__index__") or count < 0):
        raise ArgumentError(
            "`maximum_iterations` is an integer from 0 on, or None.", received=f"maximum_iterations={count!r}"
        )


def next_variables(body: Callable, variables: Sequence[Tensor]) -> list[Tensor]:
    """The loop's variables after one more round; numbers become tensors of the dtype that was there.

    Raises:
        StructureError: The variables differ in number, shape or dtype.
    """
    after = list(body(list(variables)))
    if len(after) == len(variables):
        after = [
            convert_to_tensor(new, dtype_of(old)) if isinstance(new, (bool, int, float, complex)) else new
            for new, old in zip(after, variables, strict=True)
        ]
        if all(new is old or alike(new, old) for new, old in zip(after, variables, strict=True)):
            return after
    shown = [f"{strong_spec(old)} and {strong_spec(new)}" for old, new in zip(variables, after, strict=False)]
    raise StructureError(
        "The variables of a loop keep their number, shapes and dtypes.",
        received="; ".join(shown) if len(after) == len(variables) else f"{len(variables)}, then {len(after)}",
    )


@rules.rule()
def _while_rule(
    cond: Callable, body: Callable, loop_vars: list[Spec], maximum_iterations: int | None = None
) -> list[Spec]:
    check_loop(cond, body, maximum_iterations)
    before = [Spec(s.shape, rules.same(s.dtype)) for s in loop_vars]
    holds = strong_spec(without_history(cond, from_specs(before)))
    if rules.size_of(holds.shape) not in (1, None):
        raise ShapeError("A condition is one value.", received=f"cond returns {holds}", hint="ops.all(...)")
    without_history(next_variables, body, from_specs(before))
    return before


def _reference(cond: Callable, body: Callable, loop_vars: list[Any], maximum_iterations: int | None = None) -> Any:
    rounds = 0
    while cond(loop_vars) and (maximum_iterations is None or rounds < maximum_iterations):
        loop_vars = body(loop_vars)
        rounds += 1
    return loop_vars


def _below_ten(variables: list[Any]) -> Any:
    return variables[0] < 10


def _doubled(variables: list[Any]) -> list[Any]:
    return [variables[0] + variables[0]]


def _counted(variables: list[Any]) -> list[Any]:
    count, x = variables
    return [count + 3, x * x]


def _never(variables: list[Any]) -> Any:
    return variables[0] < -100


def _always(variables: list[Any]) -> Any:
    return variables[0] > -100


def _one_more(variables: list[Any]) -> list[Any]:
    return [*variables, variables[0]]


_START = draw(low=1, high=2)


@composite(
    name="while_loop",
    infer=_while_rule,
    reference=_reference,
    cases=[
        case(_below_ten, _doubled, [_START], dtypes=("float32", "float64", "int32"), gradient=False),
        case(_below_ten, _doubled, [_START], maximum_iterations=2, dtypes=("float32", "int32")),
        case(_below_ten, _doubled, [_START], maximum_iterations=50, dtypes=("float32",)),
        case(
            _below_ten,
            _counted,
            [draw(low=1, high=3, dtype="int32"), draw(2, 3, low=0.5, high=1.1)],
            maximum_iterations=6,
            dtypes=("float32", "float64"),
        ),
        case(_never, _doubled, [draw()], dtypes=("float32",), gradient=False),
        case(_always, _doubled, [draw(low=1, high=2)], maximum_iterations=0, dtypes=("float32",)),
        case(_below_ten, _one_more, [draw()], dtypes=("float32",), raises=StructureError, match="keep their number"),
        case(3, _doubled, [draw()], dtypes=("float32",), raises=ArgumentError, match="`cond` is a function"),
        case(_never, _doubled, [draw()], -1, dtypes=("float32",), raises=ArgumentError, match="from 0 on"),
        case(_below_ten, _doubled, [draw(3, low=1, high=2)], dtypes=("float32",), raises=ShapeError, match="one value"),
    ],
)
def while_loop_flat(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Sequence[Tensor],
    maximum_iterations: int | None = None,
) -> list[Tensor]:
    """`while_loop` over a plain list of tensors: what backends implement.

    Args:
        cond: From a list of variables to a scalar.
        body: From a list of variables to the next ones.
        loop_vars: The first variables.
        maximum_iterations: How often `body` is called at most.

    Returns:
        The last variables.

    Raises:
        ArgumentError, ShapeError, StructureError: As `while_loop`.

    ```python
    >>> while_loop_flat(lambda v: v[0] < 10, lambda v: [v[0] * 2], [3])[0].item()
    12

    ```
    """
    check_loop(cond, body, maximum_iterations)
    variables = list(loop_vars)
    if maximum_iterations == 0:
        # Nothing is called that would tell of a mistake.
        _while_rule(cond, body, [strong_spec(x) for x in variables], 0)
    rounds = 0
    while maximum_iterations is None or rounds < maximum_iterations:
        holds = cond(list(variables))
        shape = getattr(holds, "shape", ())
        if any(size != 1 for size in shape):
            raise ShapeError("A condition is one value.", received=f"cond returns {strong_spec(holds)}")
        if not holds:
            break
        variables = next_variables(body, variables)
        rounds += 1
    return variables


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: int | None = None
) -> Any:
    """The last variables of `while cond(*loop_vars): loop_vars = body(*loop_vars)`.

    Inside compiled steps it is one operation of the framework's. JAX takes gradients through a compiled loop only where
    `maximum_iterations` is given, which then costs that many rounds.

    Args:
        cond: From the variables to a scalar, true where it is not 0.
        body: From the variables to the next ones, of the same structure, shapes and dtypes.
        loop_vars: The first variables: a list or tuple of tensors in any nesting, or one tensor.
        maximum_iterations: How often `body` is called at most.

    Returns:
        A tuple of the last variables; one tensor where `loop_vars` is one.

    Raises:
        ArgumentError: `cond` or `body` is no function, or `maximum_iterations` no count.
        ShapeError: The condition is not one value.
        StructureError: The variables change their number, a shape or a dtype.

    ```python
    >>> i, total = while_loop(lambda i, total: i < 5, lambda i, total: (i + 1, total + i), (0, 0))
    >>> int(i), int(total)
    (5, 10)

    ```
    """
    check_loop(cond, body, maximum_iterations)
    many = isinstance(loop_vars, (list, tuple))
    tree = tuple(loop_vars) if many else (loop_vars,)

    def next_flat(leaves: list[Any]) -> list[Any]:
        after = body(*filled(tree, leaves))
        return [x for x in flatten(after) if x is not None]

    leaves = while_loop_flat(
        lambda leaves: cond(*filled(tree, leaves)),
        next_flat,
        [x for x in flatten(tree) if x is not None],
        maximum_iterations,
    )
    last = filled(tree, leaves)
    return last if many else last[0]


while_loop.op = while_loop_flat.op  # type: ignore[attr-defined]


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """The last value of `for i in range(lower, upper): value = body_fun(i, value)`.

    Args:
        lower: The first number, an integer or a scalar tensor of integers.
        upper: The bound of the numbers, likewise.
        body_fun: From a number, an int32 scalar, and a value to the next value, of the same structure, shapes and
            dtypes.
        init_val: The first value: tensors in any nesting.

    Returns:
        The last value, nested as `init_val` is; `init_val` itself where there are no numbers.

    Raises:
        ArgumentError: `body_fun` is no function.
        StructureError: The value changes its structure, a shape or a dtype.

    ```python
    >>> float(fori_loop(0, 4, lambda i, value: value * 2.0, 1.0))
    16.0

    ```
    """
    if not callable(body_fun):
        raise ArgumentError("`body_fun` is a function of a number and a value.", received=repr(body_fun))
    tree = init_val
    leaves = [x for x in flatten(tree) if x is not None]

    def once(variables: list[Any]) -> list[Any]:
        after = body_fun(variables[0], filled(tree, variables[1:]))
        return [variables[0] + 1, *(x for x in flatten(after) if x is not None)]

    start = cast(lower, "int32")
    if isinstance(lower, int) and isinstance(upper, int):
        # Of a known number of rounds: all frameworks have gradients of that.
        count = max(upper - lower, 0)
        last, _ = scan_flat(lambda carry, _: (next_variables(once, carry), []), [start, *leaves], [], count)
    else:
        bound = cast(upper, "int32")
        last = while_loop_flat(lambda variables: variables[0] < bound, once, [start, *leaves])
    return filled(tree, last[1:])
