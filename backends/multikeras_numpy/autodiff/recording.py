"""How a call on traced arrays is remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from multikeras.dtypes import lattice
from multikeras.errors import NotSupportedError
from multikeras_numpy.autodiff.gradient_rules import RULES, TRANSPARENT, Pull, Rules
from multikeras_numpy.autodiff.traced import Node, Part, Traced, floor, untraced

# Only these have gradients: results of other dtypes are plain arrays.
_INEXACT = frozenset(lattice.numpy_dtype(name) for name in (*lattice.FLOATS, *lattice.COMPLEX))


class Like(NamedTuple):
    """What rules get to know of an argument whose values they do not need."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)


_lifted: dict[str, Callable | None] = {}


def lift(op: Any, implementation: Callable) -> Callable | None:
    """The implementation for traced arrays: it runs on what is in them, and remembers the call.

    `None` for a composite without rules, whose body runs on traced arrays.
    """
    try:
        return _lifted[op.name]
    except KeyError:
        made = _lifted[op.name] = _lift(op, implementation)
        return made


def _lift(op: Any, implementation: Callable) -> Callable | None:
    if op.name in TRANSPARENT:
        return implementation
    if op.differentiable is False:
        return _without_gradients(implementation)
    rules = RULES.get(op.name)
    if rules is None:
        if op.body is not None:
            return None
        rules = _no_rules(op)
    if any(p.many for p in op.tensor_parameters):
        return _recorded_sequence(op, implementation, rules)
    record = recorded(implementation, rules, [p.position for p in op.tensor_parameters], op.function)
    if rules.applies is None or op.body is None:
        return record
    return _where_it_applies(rules.applies, record, op.body)


def _where_it_applies(applies: Callable[..., bool], record: Callable, body: Callable) -> Callable:
    def run(*arguments: Any) -> Any:
        return record(*arguments) if applies(*arguments) else body(*arguments)

    return run


def _without_gradients(implementation: Callable) -> Callable:
    def run(*arguments: Any, **keywords: Any) -> Any:
        return implementation(*[_plain(x) for x in arguments], **keywords)

    return run


def _plain(x: Any) -> Any:
    if type(x) is Traced:
        return untraced(x)
    return [untraced(each) for each in x] if type(x) is list else x


def _no_rules(op: Any) -> Rules:
    """Rules of an op that has none: they fail when they are needed."""

    def pull(*arguments: Any, **keywords: Any) -> Any:
        raise NotSupportedError(
            f"The numpy backend has no gradient of ops.{op.name}.",
            hint="another backend, such as multikeras.use_backend('jax')",
        )

    return Rules({p.position: pull for p in op.tensor_parameters}, None, False, False)


def recorded(implementation: Callable, rules: Rules, positions: Sequence[int], again: Callable) -> Callable:
    """A function, for calls with traced arrays among the arguments.

    Args:
        implementation: The function of plain arrays.
        rules: How cotangents get back.
        positions: Which arguments may be traced.
        again: The function for arguments that are still traced, by outer levels, when one level has been taken off.
    """
    pulls, forward = rules.pulls, rules.forward

    def run(*arguments: Any) -> Any:
        lowest = level = floor.level
        for i in positions:
            x = arguments[i]
            if type(x) is Traced and x.level > level:
                level = x.level
        values = list(arguments)
        edges = []
        deeper = False
        for i in positions:
            x = values[i]
            if type(x) is Traced:
                if i not in pulls or level == lowest:
                    values[i] = untraced(x)
                    continue
                if x.level == level:
                    edges.append((x.node, pulls[i], i, None))
                    values[i] = x = x.value
                if type(x) is Traced:
                    deeper = True
        if deeper:
            output = again(*values)
            kept = None if forward is not None else output
        elif forward is not None and edges:
            output, kept = forward(*values)
        else:
            output = kept = implementation(*values)
        if not edges:
            return output
        if not rules.needs_arguments:
            for i in positions:
                x = values[i]
                # There may be a Python number in the place of a tensor.
                if hasattr(x, "shape"):
                    values[i] = Like(x.shape, x.dtype)
        return remember(output, kept if rules.needs_output else None, edges, values, level)

    return run


def remember(output: Any, kept: Any, edges: list[tuple], values: list[Any], level: int) -> Any:
    """The outputs of a call, traced. See `Node` for the arguments."""
    if type(output) is tuple or type(output) is list:
        node = Node(edges, values, kept, len(output))
        parts = [
            Traced(each, Part(node, i), level) if each.dtype in _INEXACT else each for i, each in enumerate(output)
        ]
        return tuple(parts) if type(output) is tuple else parts
    if output.dtype not in _INEXACT:
        return output
    return Traced(output, Node(edges, values, kept), level)


def _recorded_sequence(op: Any, implementation: Callable, rules: Rules) -> Callable:
    """The same for an op with one tensor parameter, which takes a sequence."""
    (parameter,) = op.tensor_parameters
    position = parameter.position
    pull: Pull = rules.pulls[position]

    def run(*arguments: Any, **keywords: Any) -> Any:
        values = op.bind(arguments, keywords)
        leaves = list(values[position])
        lowest = level = floor.level
        for x in leaves:
            if type(x) is Traced and x.level > level:
                level = x.level
        edges = []
        deeper = False
        for place, x in enumerate(leaves):
            if type(x) is Traced:
                if level == lowest:
                    leaves[place] = untraced(x)
                    continue
                if x.level == level:
                    edges.append((x.node, pull, position, place))
                    leaves[place] = x = x.value
                if type(x) is Traced:
                    deeper = True
        values[position] = leaves
        output = op.invoke(op.function if deeper else implementation, values)
        if not edges:
            return output
        if not rules.needs_arguments:
            values[position] = [Like(x.shape, x.dtype) for x in leaves]
        return remember(output, output if rules.needs_output else None, edges, values, level)

    return run


def differentiable(positions: Sequence[int], needs: str = "arguments") -> Callable[[Callable], Callable]:
    """Decorator: a function of plain arrays that is no op, but that rules call and that has rules of its own.

    Args:
        positions: Which arguments may be traced.
        needs: As for `gradient`.

    Returns:
        A decorator. The function that it makes has an attribute `pulls`, to which the rules are added by position.
    """

    def decorate(function: Callable) -> Callable:
        rules = Rules({}, None, "arguments" in needs, "output" in needs)

        def run(*arguments: Any) -> Any:
            for i in positions:
                if type(arguments[i]) is Traced:
                    return record(*arguments)
            return function(*arguments)

        record = recorded(function, rules, positions, run)
        run.pulls = rules.pulls  # type: ignore[attr-defined]
        run.__name__, run.__doc__ = function.__name__, function.__doc__
        return run

    return decorate
