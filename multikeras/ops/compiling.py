"""Functions compiled by the framework."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from multikeras.backend.select import current
from multikeras.errors import ArgumentError
from multikeras.graph.keras_tensor import any_symbolic
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops.conversion import convert_to_tensor
from multikeras.state.scope import scopes

if TYPE_CHECKING:
    from multikeras.training.step import CompiledStep


def jit(
    f: Callable[..., Any], *, static_argnums: int | Sequence[int] = (), static_argnames: str | Sequence[str] = ()
) -> Callable[..., Any]:
    """A function compiled by the framework's optimizing compiler: XLA, or Inductor. NumPy runs it as it is.

    It is compiled when it is called, once for each backend, static arguments, dtypes and shapes; torch and TensorFlow
    compile for any size where one has changed. Inside
    another transform it runs as if it were not compiled: compile the outermost one.

    Args:
        f: From tensors to tensors, in any nesting of lists, tuples and dicts. It may read and assign variables.
        static_argnums: Positions of arguments that are no tensors: hashable values that the compiled code is made for.
        static_argnames: Names of such arguments. What is given by name is looked up by name alone.

    Returns:
        A function with the arguments of `f`; numbers among those become tensors.

    Raises:
        ArgumentError: `f` is no function; when called: a static argument is not hashable, or another one is no tensor.

    ```python
    >>> import multikeras as keras
    >>> count = keras.Variable(0)
    >>> @keras.ops.jit
    ... def scaled(x, factor):
    ...     count.assign_add(1)
    ...     return {"y": x * factor}
    >>> scaled(keras.ops.array([1.0, 2.0]), 3.0)["y"].tolist(), int(count.value)
    ([3.0, 6.0], 1)

    ```
    """
    if not callable(f):
        raise ArgumentError("What is compiled is a function.", received=repr(f))
    positions = {static_argnums} if isinstance(static_argnums, int) else set(static_argnums)
    names = {static_argnames} if isinstance(static_argnames, str) else set(static_argnames)
    steps: dict[Any, CompiledStep] = {}

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        if scopes.stateless is not None or any_symbolic(flatten((args, kwargs))):
            return f(*args, **kwargs)
        backend = current()
        fixed = {i: x for i, x in enumerate(args) if i in positions or i - len(args) in positions}
        fixed_by_name = {name: x for name, x in kwargs.items() if name in names}
        tensors = [_tensors(x) for i, x in enumerate(args) if i not in fixed]
        named = {name: _tensors(x) for name, x in kwargs.items() if name not in fixed_by_name}
        key = (backend.name, len(args), *fixed.items(), *sorted(fixed_by_name.items()))
        try:
            step = steps.get(key)
        except TypeError as error:
            raise ArgumentError(
                "Static arguments are hashable: what is compiled is kept for each of their values.",
                received=repr([*fixed.values(), *fixed_by_name.values()]),
                hint="a tuple in the place of a list",
            ) from error
        if step is None:
            step = steps[key] = _step(f, backend, len(args), fixed, fixed_by_name)
        return step(tensors, named)

    return run


def _step(f: Callable, backend: Any, count: int, fixed: dict[int, Any], fixed_by_name: dict[str, Any]) -> CompiledStep:
    from multikeras.training.step import CompiledStep

    free = [i for i in range(count) if i not in fixed]

    def call(tensors: list[Any], named: dict[str, Any]) -> Any:
        values: list[Any] = [fixed.get(i) for i in range(count)]
        for i, x in zip(free, tensors, strict=True):
            values[i] = x
        return f(*values, **named, **fixed_by_name)

    return CompiledStep(call, backend, [], whole=True)


def _tensors(argument: Any) -> Any:
    """An argument with tensors in the place of arrays and numbers."""
    return map_structure(_tensor, argument)


def _tensor(x: Any) -> Any:
    if x is None or type(x) in current().tensors.types:
        return x
    if isinstance(x, str) or not (isinstance(x, (bool, int, float, complex)) or hasattr(x, "shape")):
        raise ArgumentError(
            "A compiled function takes tensors; other arguments are static.", received=repr(x), hint="static_argnums=1"
        )
    return convert_to_tensor(x)
