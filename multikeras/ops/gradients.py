"""Derivatives of functions of tensors in any nesting: gradients, and products with Jacobians from both sides."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from multikeras.errors import ArgumentError, NotSupportedError, StructureError
from multikeras.graph.keras_tensor import any_symbolic
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops.conversion import cast, convert_to_tensor, dtype
from multikeras.ops.creation import zeros_like
from multikeras.ops.jacobian_products import (
    autodiff,
    check_differentiable,
    check_directions,
    jvp_flat,
    value_and_grad_flat,
    vjp_flat,
)
from multikeras.state.scope import StatelessScope


class FlatCall:
    """A call of a function, as a function of the list of tensors among some of its arguments.

    What the function assigns to variables becomes more results, so that it stays pure.

    Args:
        function: The function.
        arguments: Its positional arguments.
        keywords: Its other arguments.
        positions: Which of the positional arguments vary; the others are constants.
        has_aux: Whether it returns a pair, the second part of which has no derivative.
    """

    def __init__(
        self,
        function: Callable,
        arguments: Sequence[Any],
        keywords: dict[str, Any],
        positions: Sequence[int],
        has_aux: bool = False,
    ) -> None:
        self.function = function
        self.arguments = list(arguments)
        self.keywords = keywords
        self.positions = positions
        self.has_aux = has_aux
        leaves = flatten([self.arguments[i] for i in positions])
        self.tensors = [convert_to_tensor(x) for x in leaves if x is not None]
        self.symbolic = any_symbolic(flatten([self.arguments, keywords]))
        # Known once the function has run.
        self.result: Any = None
        self.aux: Any = None
        self.assigned: list[Any] = []

    def __call__(self, tensors: list[Any]) -> list[Any]:
        """The tensors of the result, then those of `aux`, then the values of variables that were assigned."""
        given = iter(tensors)
        arguments = list(self.arguments)
        for i in self.positions:
            arguments[i] = map_structure(lambda x: None if x is None else next(given), arguments[i])
        with StatelessScope() as scope:
            result = self.function(*arguments, **self.keywords)
        aux = None
        if self.has_aux:
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise ArgumentError(
                    "With has_aux, a function returns a pair.", received=repr(type(result)), hint="return y, aux"
                )
            result, aux = result
        self.assigned = list(scope.updated.values())
        if self.assigned and self.symbolic:
            raise NotSupportedError(
                "A function that is differentiated in a graph assigns no variables.",
                received=self.assigned[0].path,
                hint="a layer with the function in its `call`",
            )
        leaves = [convert_to_tensor(x) for x in flatten(result) if x is not None]
        others = [convert_to_tensor(x) for x in flatten(aux) if _is_number(x)]
        self.result = map_structure(lambda x: None if x is None else PLACE, result)
        self.aux = map_structure(lambda x: PLACE if _is_number(x) else x, aux)
        return [*leaves, *others, *(scope.state_mapping[id(v)] for v in self.assigned)]

    @property
    def results(self) -> int:
        """How many tensors the result has."""
        return sum(x is PLACE for x in flatten(self.result))

    @property
    def constants(self) -> int:
        """How many tensors without derivatives follow them."""
        return sum(x is PLACE for x in flatten(self.aux)) + len(self.assigned)

    def nested(self, tensors: Sequence[Any]) -> tuple[Any, Any]:
        """The result and `aux` for what the call returned; variables have what was assigned to them."""
        given = iter(tensors)

        def fill(x: Any) -> Any:
            return next(given) if x is PLACE else x

        result, aux = map_structure(fill, self.result), map_structure(fill, self.aux)
        for variable in self.assigned:
            variable._store(next(given))
        return result, aux

    def like_arguments(self, tensors: Sequence[Any]) -> list[Any]:
        """A tensor for each one among the arguments, nested as they are: `None` for `None`."""
        given = iter(tensors)
        return [map_structure(lambda x: None if x is None else next(given), self.arguments[i]) for i in self.positions]


class _Place:
    def __repr__(self) -> str:
        return "a tensor"


PLACE = _Place()


def _is_number(x: Any) -> bool:
    return isinstance(x, (bool, int, float, complex)) or hasattr(x, "dtype")


def _check_function(f: Any) -> None:
    if not callable(f):
        raise ArgumentError("Derivatives are those of a function.", received=repr(f))


def _leaves_like(role: str, given: Any, wanted: Any) -> list[Any]:
    """The tensors of `given`, which is nested as `wanted` is."""
    shown = map_structure(lambda x: None if x is None else PLACE, given)
    if not _same(shown, wanted):
        raise StructureError(f"{role} are nested as what they belong to.", received=f"{shown} for {wanted}")
    return [convert_to_tensor(x) for x in flatten(given) if x is not None]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in b)
    return a is b if a is None or b is None or a is PLACE or b is PLACE else type(a) is type(b)


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The function that returns what another returns and its gradient, df/dx.

    Args:
        f: From tensors in any nesting to a scalar of floats. It may assign variables: what it assigns stays assigned.
        argnums: Positions of the arguments that the gradient is taken with respect to. Their tensors are of floats or
            complex; the gradient with respect to a complex `x = a + ib` is `df/da + i df/db`.
        has_aux: Whether `f` returns a pair, whose second part is handed on.

    Returns:
        A function with the arguments of `f`, which returns `(value, gradient)`, or `((value, aux), gradient)`; the
        gradient is nested as the argument, of the same shapes and dtypes, and a tuple of several for a sequence of
        positions.

    Raises:
        ArgumentError: `f` is no function; when called, there is no argument at a position.
        DTypeError: When called: an argument is of integers.
        ShapeError: When called: `f` does not return a scalar.
        NotSupportedError: When called: the backend has no gradients.

    ```python
    >>> from multikeras import ops
    >>> value, slope = value_and_grad(lambda x: ops.sum(x * x))(ops.array([1.0, 3.0]))
    >>> float(value), slope.tolist()
    (10.0, [2.0, 6.0])

    ```
    """
    _check_function(f)
    single = isinstance(argnums, int)
    wanted = [argnums] if isinstance(argnums, int) else list(argnums)

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        call = FlatCall(f, args, kwargs, _positions(wanted, len(args)), has_aux)
        found = value_and_grad_flat(call, call.tensors)
        count = call.results + call.constants
        value, aux = call.nested(found[:count])
        gradients = call.like_arguments(found[count:])
        return (value, aux) if has_aux else value, gradients[0] if single else tuple(gradients)

    return run


def _positions(wanted: list[int], count: int) -> list[int]:
    for i in wanted:
        if isinstance(i, bool) or not isinstance(i, int) or not -count <= i < count:
            raise ArgumentError(
                "argnums are positions of arguments.",
                received=f"{i!r} of {count} positional arguments",
                hint="argnums=0",
            )
    return [i % count for i in wanted]


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the gradient of another, df/dx. It may be differentiated again.

    Args:
        f: From tensors in any nesting to a scalar of floats.
        argnums: Positions of the arguments that the gradient is taken with respect to.
        has_aux: Whether `f` returns a pair, whose second part is handed on.

    Returns:
        A function with the arguments of `f`, which returns the gradient, or `(gradient, aux)`. See `value_and_grad`.

    Raises:
        ArgumentError, DTypeError, ShapeError, NotSupportedError: As `value_and_grad`.

    ```python
    >>> cube = lambda x: x * x * x
    >>> float(grad(cube)(2.0)), float(grad(grad(cube))(2.0))
    (12.0, 12.0)

    ```
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return run


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """What a function returns, and the function that carries cotangents of it back to the arguments.

    `x_bar_j = sum_i y_bar_i * dy_i/dx_j`.

    Args:
        f: From tensors in any nesting to tensors in any nesting.
        *primals: Its arguments, of floats or complex.
        has_aux: Whether `f` returns a pair, whose second part is handed on.

    Returns:
        `(result, pull)`, or `(result, pull, aux)`. `pull` takes cotangents nested as the result, those of integers
        counting for nothing, and returns a tuple of cotangents, one for each of `primals`. It may be called again.

    Raises:
        ArgumentError: `f` is no function.
        DTypeError: One of `primals` is of integers.
        ShapeError: When pulled: a cotangent has another shape than its result.
        StructureError: When pulled: cotangents are nested in another way.
        NotSupportedError: The backend has no gradients.

    ```python
    >>> from multikeras import ops
    >>> y, pull = vjp(lambda a, b: a * b, ops.array([1.0, 2.0]), ops.array([3.0, 4.0]))
    >>> [x.tolist() for x in pull(ops.array([1.0, 10.0]))]
    [[3.0, 40.0], [1.0, 20.0]]

    ```
    """
    _check_function(f)
    call = FlatCall(f, primals, {}, range(len(primals)), has_aux)
    pull_back = None
    native = None if call.symbolic else getattr(autodiff(), "pullback", None)
    if native is None:
        outputs = call(call.tensors)
    else:
        check_differentiable(f, call.tensors)
        # What this one call keeps serves each pull.
        outputs, pull_back = native(call, call.tensors)
    results, shape = call.results, call.result
    result, aux = call.nested(outputs)
    without = [zeros_like(y) for y in outputs[results:]]

    def pull(cotangents: Any) -> tuple[Any, ...]:
        given = _leaves_like("Cotangents", cotangents, shape)
        wanted = outputs[:results]
        check_directions("cotangent", given, wanted)
        given = [cast(x, dtype(y)) for x, y in zip(given, wanted, strict=True)] + without
        found = vjp_flat(call, call.tensors, given)[len(outputs) :] if pull_back is None else pull_back(given)
        return tuple(call.like_arguments(found))

    return (result, pull, aux) if has_aux else (result, pull)


def jvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """What a function returns, and how that changes along a direction in its arguments.

    `y_dot_i = sum_j dy_i/dx_j * x_dot_j`.

    Args:
        fun: From tensors in any nesting to tensors in any nesting.
        primals: A list or tuple of its arguments, of floats or complex.
        tangents: The direction: nested as `primals`, of the same shapes.
        has_aux: Whether `fun` returns a pair, whose second part is handed on.

    Returns:
        `(result, tangent)`, or `(result, tangent, aux)`; the tangent is nested as the result, with zeros for integers.

    Raises:
        ArgumentError: `fun` is no function, or `primals` is no list or tuple.
        DTypeError: One of `primals` is of integers.
        ShapeError: A tangent has another shape than its primal.
        StructureError: `tangents` are nested in another way.
        NotSupportedError: The backend has no gradients.

    ```python
    >>> from multikeras import ops
    >>> y, change = jvp(lambda x: x * x, [ops.array([1.0, 3.0])], [ops.array([1.0, 0.5])])
    >>> y.tolist(), change.tolist()
    ([1.0, 9.0], [2.0, 3.0])

    ```
    """
    _check_function(fun)
    for name, value in (("primals", primals), ("tangents", tangents)):
        if not isinstance(value, (list, tuple)):
            raise ArgumentError(f"`{name}` is a list or tuple of arguments.", received=repr(type(value)), hint="[x]")
    call = FlatCall(fun, primals, {}, range(len(primals)), has_aux)
    shape = map_structure(lambda x: None if x is None else PLACE, list(primals))
    given = _leaves_like("Tangents", list(tangents), shape)
    if len(given) == len(call.tensors):
        given = [cast(t, dtype(x)) for t, x in zip(given, call.tensors, strict=True)]
    found = jvp_flat(call, call.tensors, given)
    half = len(found) // 2
    result, aux = call.nested(found[:half])
    changes = iter(found[half:])
    tangent = map_structure(lambda x: None if x is None else next(changes), call.result)
    return (result, tangent, aux) if has_aux else (result, tangent)


value_and_grad.op = value_and_grad_flat.op  # type: ignore[attr-defined]
vjp.op = vjp_flat.op  # type: ignore[attr-defined]
jvp.op = jvp_flat.op  # type: ignore[attr-defined]
