"""Functions that bring their own gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, StructureError
from multikeras.graph.call import from_specs, without_history
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops import _rules as rules
from multikeras.ops._op import primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.conversion import is_tensor
from multikeras.state.variable import Variable


@rules.rule()
def _custom_gradient_rule(function: Callable, tensors: list[Spec]) -> list[Spec]:
    given = [Spec(s.shape, rules.same(s.dtype)) for s in tensors]
    outputs = without_history(lambda x: list(function(x)[0]), from_specs(given))
    found = [argument_spec(x, None) for x in outputs]
    return [Spec(s.shape, rules.same(s.dtype)) for s in found]


def _square(x: list[Any]) -> tuple[list[Any], Callable]:
    return [x[0] * x[0]], lambda g: [g[0] * x[0] + g[0] * x[0]]


def _product_and_sum(x: list[Any]) -> tuple[list[Any], Callable]:
    a, b = x
    return [a * b, a + b], lambda g: [g[0] * b + g[1], g[0] * a + g[1]]


@primitive(
    name="custom_gradient",
    infer=_custom_gradient_rule,
    reference=lambda function, tensors: function(tensors)[0],
    cases=[
        case(_square, [draw(3)], dtypes=("float32", "float64")),
        case(_product_and_sum, [draw(2, 3), draw(2, 3, salt=1)], dtypes=("float32",)),
    ],
)
def custom_gradient_flat(function: Callable[..., Any], tensors: Sequence[Tensor]) -> Any:
    """`custom_gradient` of a function of plain lists of tensors: what backends implement.

    Args:
        function: From a list of tensors to a pair: a list of outputs, and a function from a list of their cotangents to
            a list of those of the tensors, `None` for one without.
        tensors: What it is called with.

    Returns:
        The outputs.

    ```python
    >>> custom_gradient_flat(lambda x: ([x[0] * 2.0], lambda g: [g[0] * 2.0]), [3.0])[0].item()
    6.0

    ```
    """


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: a function that returns, beside its result, how a gradient gets from there to its arguments.

    That replaces what the frameworks would derive: where there is a formula that is faster, or does not overflow.

    Args:
        f: From tensors to `(result, grad)`: tensors in any nesting, and a function. `grad` is called with one gradient
            for each tensor of the result, and returns one for each tensor among the arguments of `f`, in order; a
            single one need not be in a tuple. `f` reads what it depends on from its arguments.

    Returns:
        A function with the arguments of `f` that returns `result`.

    Raises:
        ArgumentError: `f` is no function, or returns something else.
        StructureError: `grad` returns more or fewer gradients than there are tensors.

    ```python
    >>> import multikeras as keras
    >>> @custom_gradient
    ... def clipped(x):
    ...     return keras.ops.exp(x), lambda g: keras.ops.clip(g, -1.0, 1.0)
    >>> v = keras.Variable(0.0)
    >>> keras.value_and_grad(lambda: 5.0 * clipped(v), [v])[1][0].item()
    1.0

    ```
    """
    if not callable(f):
        raise ArgumentError("A custom gradient is that of a function.", received=repr(f))

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        given = [x.value if isinstance(x, Variable) else x for x in flatten((args, kwargs))]
        places = [i for i, x in enumerate(given) if isinstance(x, KerasTensor) or is_tensor(x)]
        nested: list[Any] = []

        def flat(tensors: list[Any]) -> tuple[list[Any], Callable]:
            values = list(given)
            for i, x in zip(places, tensors, strict=True):
                values[i] = x
            leaves = iter(values)
            positional, named = map_structure(lambda _: next(leaves), (args, kwargs))
            answer = f(*positional, **named)
            if not isinstance(answer, tuple) or len(answer) != 2 or not callable(answer[1]):
                raise ArgumentError(
                    "A function with a custom gradient returns its result, and the function of its gradient.",
                    received=repr(type(answer)),
                    hint="return y, grad",
                )
            result, grad = answer
            if not nested:
                # Once: compilers that trace this function apart let it change nothing outside.
                nested.append(result)

            def pull(cotangents: list[Any]) -> list[Any]:
                found = grad(*cotangents)
                found = list(found) if isinstance(found, (list, tuple)) else [found]
                if len(found) != len(places):
                    raise StructureError(
                        "A custom gradient has one entry for each tensor among the arguments.",
                        received=f"{len(found)} for {len(places)} tensors",
                    )
                return found

            return flatten(result), pull

        results = iter(custom_gradient_flat(flat, [given[i] for i in places]))
        return map_structure(lambda _: next(results), nested[0])

    return run


custom_gradient.op = custom_gradient_flat.op  # type: ignore[attr-defined]
