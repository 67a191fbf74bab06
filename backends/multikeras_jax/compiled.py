"""Implementations compiled by XLA as a whole.

Called eagerly, a function of `jax.numpy` dispatches its primitives one by one, in 10 to 50 µs each; a compiled one is
dispatched once, in 5. Inside a step that is compiled anyway, `inline` leaves nothing of it.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from jax.core import Tracer
from jax.errors import ConcretizationTypeError, NonConcreteBooleanIndexError, TracerArrayConversionError

from multikeras import config
from multikeras.backend import registry
from multikeras.errors import NotSupportedError


def compiled(function: Callable, *static: int) -> Callable:
    """`function` compiled once for each shape and dtype of its arrays.

    Args:
        function: Takes its arguments by position.
        *static: The positions of those that are no arrays. Lists among them arrive as tuples. Equal ones share a
            compiled function, so a number whose type or zero's sign matters is no static argument.
    """
    fast = jax.jit(function, static_argnums=static, inline=True)
    if not static:
        return fast

    @functools.wraps(function)
    def run(*arguments: Any) -> Any:
        try:
            return fast(*arguments)
        except (TypeError, ValueError):
            frozen = [frozen_lists(x) if i in static else x for i, x in enumerate(arguments)]
            if all(a is b for a, b in zip(frozen, arguments, strict=True)):
                raise
        return fast(*frozen)

    return run


def frozen_lists(x: Any) -> Any:
    """`x` with tuples for the lists and host arrays in it, so that it can be hashed."""
    if isinstance(x, np.ndarray):
        x = x.tolist()
    if isinstance(x, list):
        return tuple(frozen_lists(e) for e in x)
    if isinstance(x, tuple):
        frozen = tuple(frozen_lists(e) for e in x)
        return x if all(a is b for a, b in zip(frozen, x, strict=True)) else frozen
    return x


@contextlib.contextmanager
def size_from_values(what: str, hint: str) -> Iterator[None]:
    """A scope in which an array's values decide a size, which XLA has to know when it compiles.

    Args:
        what: The call, for the message.
        hint: What does not need the values.

    Raises:
        NotSupportedError: The values are not known, since a step is being compiled.
    """
    try:
        yield
    except (ConcretizationTypeError, NonConcreteBooleanIndexError, TracerArrayConversionError) as error:
        raise NotSupportedError(
            "In a compiled step of the jax backend no size depends on values.", received=what, hint=hint
        ) from error


class _Rest:
    """The arguments of a composite that are no tensors, with the settings that its body reads where they are `None`.

    Equal where their types are too, unlike 1 and 1.0.
    """

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values
        settings = (config.image_data_format(), config.floatx(), config.epsilon())
        self.key = (*settings, *(_typed(x) for x in values))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rest) and other.key == self.key


def _typed(x: Any) -> Any:
    if type(x) is float:
        return repr(x)
    if isinstance(x, (list, tuple)):
        return (type(x), *(_typed(e) for e in x))
    return type(x), x


def at_hand(x: Any) -> bool:
    """Whether the values of a tensor can be read without waiting for an accelerator."""
    if isinstance(x, Tracer):
        return False
    return not isinstance(x, jax.Array) or all(d.platform == "cpu" for d in x.devices())


def compiled_body(op: Any) -> Callable:
    """The body of a composite op, compiled for each shape and dtype of its tensors and each value of the rest."""
    places = {p.position for p in op.tensor_parameters}
    count = len(op.parameters)

    @functools.partial(jax.jit, static_argnums=1, inline=True)
    def fast(tensors: list[Any], rest: _Rest) -> Any:
        given, others = iter(tensors), iter(rest.values)
        return op.invoke(body, [next(given) if i in places else next(others) for i in range(count)])

    body = op.body_on(registry.load("jax"))

    def run(*values: Any, **keywords: Any) -> Any:
        if not op._plain_call:
            values = tuple(op.bind(values, keywords))
        tensors = [x for i, x in enumerate(values) if i in places]
        if op.explain is not None and all(at_hand(x) for x in tensors):
            # Once compiled, nothing that depends on values can be raised.
            op.explain(*op._on_host(values))
        rest = _Rest(tuple(x for i, x in enumerate(values) if i not in places))
        try:
            hash(rest)
        except TypeError:
            # Arrays, or functions' own objects, in the place of plain values.
            return op.invoke(body, values)
        return fast(tensors, rest)

    return run


def eager_body(op: Any, hint: str) -> Callable:
    """The body of a composite op that has a size which values decide, run op by op.

    Args:
        op: The op.
        hint: What to type where values are not known, as in a compiled step.
    """
    body = op.body_on(registry.load("jax"))

    def run(*values: Any) -> Any:
        with size_from_values(f"ops.{op.name}", hint):
            return body(*values)

    return run
