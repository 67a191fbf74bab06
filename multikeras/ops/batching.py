"""Functions of one entry as functions of many, along any axes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.errors import ArgumentError, MultikerasError, ShapeError, StateError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops.conversion import convert_to_tensor, shape
from multikeras.ops.mapping import vectorized_map_flat
from multikeras.ops.shaping import broadcast_to, moveaxis
from multikeras.random.seed import STATE
from multikeras.state.scope import StatelessScope


def vmap(
    f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0, axis_size: int | None = None
) -> Callable[..., Any]:
    """A function of one entry, as a function of all entries along an axis of its arguments at once.

    Args:
        f: From tensors in any nesting to tensors in any nesting. It is called with all entries at once where the
            framework can, so that it may not look at values. Draws with a `SeedGenerator` are the same for each entry.
        in_axes: The axis of each argument's tensors along which its entries are; `None` for what every call gets
            whole. One for all arguments, or a list or tuple with one for each, which may be nested like the argument.
            Arguments by name are mapped along their first axis.
        out_axes: Where the axis of entries is in the result: one for all tensors, or nested like the result; with
            `None` the result of the first entry.
        axis_size: The number of entries; needed where no argument is mapped.

    Returns:
        A function with the arguments of `f`, whose tensors have one axis more where they are mapped.

    Raises:
        ArgumentError: `f` is no function; when called: `in_axes` do not fit the arguments, or nothing is mapped.
        ShapeError: When called: arguments have different numbers of entries, or not that axis.
        StateError: When called: `f` assigns a variable.

    ```python
    >>> from multikeras import ops
    >>> vmap(ops.dot, in_axes=(0, None))(ops.array([[1.0, 2.0], [3.0, 4.0]]), ops.array([1.0, 1.0])).tolist()
    [3.0, 7.0]
    >>> vmap(ops.grad(lambda x: x * x))(ops.array([1.0, 2.0])).tolist()
    [2.0, 4.0]

    ```
    """
    if not callable(f):
        raise ArgumentError("What is mapped is a function of one entry.", received=repr(f))

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        leaves = flatten((args, kwargs))
        axes = _axes_of_arguments(in_axes, args) + [0] * len(flatten(kwargs) if kwargs else [])
        mapped = [(i, axis) for i, axis in enumerate(axes) if axis is not None and leaves[i] is not None]
        columns = [_moved(convert_to_tensor(leaves[i]), axis, 0) for i, axis in mapped]
        sizes = {x.shape[0] for x in columns if x.shape[0] is not None}
        if axis_size is not None and sizes - {axis_size}:
            raise ShapeError("Mapped arguments have `axis_size` entries.", received=f"{sizes.pop()}, not {axis_size}")
        # What every call gets whole is a tensor as well, so that operators know it.
        leaves = [convert_to_tensor(x) if isinstance(x, np.ndarray) else x for x in leaves]
        structure: list[Any] = []
        counters: list[Any] = []
        refused: list[Any] = []

        def one(entries: list[Any]) -> list[Any]:
            values = list(leaves)
            for (i, _), x in zip(mapped, entries, strict=True):
                values[i] = x
            given = iter(values)
            positional, named = map_structure(lambda _: next(given), (args, kwargs))
            with StatelessScope() as scope:
                found = f(*positional, **named)
            counters[:] = scope.updated.values()
            refused[:] = [v for v in counters if v.name != STATE]
            if refused:
                raise _assigns(refused)
            structure[:] = [map_structure(lambda x: None if x is None else 0, found)]
            counts = [scope.state_mapping[id(v)] for v in counters]
            return [*(convert_to_tensor(x) for x in flatten(found) if x is not None), *counts]

        if columns:
            try:
                results = vectorized_map_flat(one, columns)
            except MultikerasError:
                # Called with symbolic tensors, for its rule, the function may have failed in another way.
                if refused:
                    raise _assigns(refused) from None
                raise
        elif axis_size is None:
            raise ArgumentError("At least one argument is mapped.", received=f"in_axes={in_axes}", hint="axis_size=8")
        else:
            results = [broadcast_to(x, (axis_size, *shape(x))) for x in one([])]
        results, counts = results[: len(results) - len(counters)], results[len(results) - len(counters) :]
        for variable, count in zip(counters, counts, strict=True):
            # Every entry counts from the same number on.
            if not isinstance(count, KerasTensor):
                variable._store(count[0])
        axes_of_results = _axes_of_result(out_axes, structure[0])
        given = iter(
            [x[0] if axis is None else _moved(x, 0, axis) for x, axis in zip(results, axes_of_results, strict=True)]
        )
        return map_structure(lambda x: None if x is None else next(given), structure[0])

    return run


def _assigns(variables: list[Any]) -> StateError:
    return StateError(
        "A function that is mapped assigns no variables.",
        received=variables[0].path,
        hint="a function that returns the value",
    )


def _moved(x: Any, source: int, destination: int) -> Any:
    rank = len(x.shape)
    for axis in (source, destination):
        if not -rank <= axis < rank:
            raise ShapeError(
                "An axis of entries is one of the tensor's.", received=f"axis {axis} of shape {tuple(x.shape)}"
            )
    return x if source == destination else moveaxis(x, source, destination)


def _is_axis(x: Any) -> bool:
    return x is None or (isinstance(x, int) and not isinstance(x, bool))


def _axes_of_arguments(in_axes: Any, args: tuple[Any, ...]) -> list[int | None]:
    """The axis of each leaf of the arguments."""
    if not _is_axis(in_axes) and (not isinstance(in_axes, (list, tuple)) or len(in_axes) != len(args)):
        raise ArgumentError(
            "`in_axes` is an axis, or one for each argument.",
            received=f"in_axes={in_axes!r} for {len(args)} arguments",
            hint="in_axes=(0, None)",
        )
    return _spread("in_axes", in_axes, list(args))


def _axes_of_result(out_axes: Any, structure: Any) -> list[int | None]:
    """The axis of each tensor of the result."""
    leaves = flatten(structure)
    found = _spread("out_axes", out_axes, structure)
    return [axis for axis, leaf in zip(found, leaves, strict=True) if leaf is not None]


def _spread(name: str, axes: Any, tree: Any) -> list[int | None]:
    """An axis for each leaf: `axes` is nested like the upper part of `tree`."""
    if _is_axis(axes):
        return [axes] * len(flatten(tree))
    if isinstance(axes, (list, tuple)) and isinstance(tree, (list, tuple)) and len(axes) == len(tree):
        return [axis for part, inner in zip(axes, tree, strict=True) for axis in _spread(name, part, inner)]
    if isinstance(axes, dict) and isinstance(tree, dict) and axes.keys() == tree.keys():
        return [axis for key, inner in tree.items() for axis in _spread(name, axes[key], inner)]
    raise ArgumentError(f"`{name}` are integers or None, nested as the tensors are.", received=repr(axes), hint="0")
