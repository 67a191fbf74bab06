"""A function of one entry, called for all entries along the first axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.graph.call import from_specs, without_history
from multikeras.graph.operation import flatten
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.looping import check_steps, filled, scan, scan_flat


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """What a function returns for one entry after the other, stacked along a new first axis.

    Args:
        f: From an entry of `xs` to tensors in any nesting.
        xs: Tensors in any nesting, entries along the first axis, as many in each.

    Returns:
        Nested as `f` returns them, entries along the first axis.

    Raises:
        ArgumentError: `f` is no function, or there are no tensors.
        ShapeError: The tensors have different numbers of entries.

    ```python
    >>> import multikeras as keras
    >>> map(lambda row: keras.ops.sum(row), keras.ops.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [3.0, 7.0]

    ```
    """
    _check(f, xs)
    return scan(lambda carry, x: (carry, f(x)), None, xs)[1]


def _check(f: Any, xs: Any) -> None:
    if not callable(f):
        raise ArgumentError("What is mapped is a function of one entry.", received=repr(f))
    if all(x is None for x in flatten(xs)):
        raise ArgumentError("A function is mapped over the entries of at least one tensor.", received="none")


@rules.rule()
def _vectorized_map_rule(function: Callable, elements: list[Spec]) -> list[Spec]:
    count = check_steps(function, elements, None, 1)
    entries = [Spec(s.shape[1:], rules.same(s.dtype)) for s in elements]
    outputs = [argument_spec(x, None) for x in without_history(function, from_specs(entries))]
    return [Spec((count, *s.shape), rules.same(s.dtype)) for s in outputs]


def _reference(function: Callable, elements: list[Any]) -> list[Any]:
    rows = [function([x[i] for x in elements]) for i in range(len(elements[0]))]
    return [np.stack(column) for column in zip(*rows, strict=True)]


def _square(entries: list[Any]) -> list[Any]:
    return [entries[0] * entries[0]]


def _sum_and_product(entries: list[Any]) -> list[Any]:
    return [entries[0] + entries[1], entries[0] * entries[1]]


@composite(
    name="vectorized_map",
    infer=_vectorized_map_rule,
    reference=_reference,
    cases=[
        case(_square, [draw(4, 3)], dtypes=("float32", "float64", "int32")),
        case(_square, [draw(5)], dtypes=("float32",)),
        case(_sum_and_product, [draw(3, 2), draw(3, salt=1)], dtypes=("float32", "int32")),
        case(_sum_and_product, [draw(3, 2), draw(4, 2)], dtypes=("float32",), raises=ShapeError, match="same number"),
        case(_square, [draw()], dtypes=("float32",), raises=ShapeError, match="axis of steps"),
        case(3, [draw(2)], dtypes=("float32",), raises=ArgumentError, match="is a function"),
    ],
)
def vectorized_map_flat(function: Callable[..., Any], elements: Sequence[Tensor]) -> list[Tensor]:
    """`vectorized_map` of a function of plain lists of tensors: what backends implement.

    Args:
        function: From a list of entries to a list of tensors.
        elements: Tensors, entries along the first axis.

    Returns:
        What it returns for each entry, entries along the first axis.

    Raises:
        ArgumentError, ShapeError: As `vectorized_map`.

    ```python
    >>> import multikeras as keras
    >>> vectorized_map_flat(lambda x: [x[0] * 2.0], [keras.ops.array([1.0, 2.0])])[0].tolist()
    [2.0, 4.0]

    ```
    """
    return scan_flat(lambda carry, entries: (carry, list(function(entries))), [], elements)[1]


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """What a function returns for each entry, computed for all entries at once where the framework can.

    Args:
        function: From one entry of `elements` to tensors in any nesting. It is called with all entries at once, so that
            it may not look at values.
        elements: Tensors in any nesting, entries along the first axis, as many in each.

    Returns:
        Nested as `function` returns them, entries along the first axis.

    Raises:
        ArgumentError: `function` is none, or there are no tensors.
        ShapeError: The tensors have different numbers of entries.

    ```python
    >>> import multikeras as keras
    >>> x = keras.ops.array([[1.0, 2.0], [3.0, 4.0]])
    >>> vectorized_map(lambda row: keras.ops.sum(row), x).tolist()
    [3.0, 7.0]

    ```
    """
    _check(function, elements)
    nested: list[Any] = []

    def flat(entries: list[Any]) -> list[Any]:
        result = function(filled(elements, entries))
        nested[:] = [result]
        return [x for x in flatten(result) if x is not None]

    results = vectorized_map_flat(flat, [x for x in flatten(elements) if x is not None])
    return filled(nested[0], results)


vectorized_map.op = vectorized_map_flat.op  # type: ignore[attr-defined]
