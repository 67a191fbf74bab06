"""Cotangents on their way back, from a result to what it was made from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.backend import registry
from multikeras.backend.select import selection, use_backend
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, ShapeError
from multikeras.graph.operation import map_structure
from multikeras_numpy.autodiff.traced import Node, Part, Traced, floor, levels
from multikeras_numpy.tensors import cast

# Entries from which on a product is faster than a sum.
_LARGE = 2**14

_FLOATS = frozenset(lattice.numpy_dtype(name) for name in lattice.FLOATS)
_INEXACT = _FLOATS | {lattice.numpy_dtype(name) for name in lattice.COMPLEX}


def value_and_grad(fn: Callable[[list[Any]], Any], values: list[Any], has_aux: bool = False) -> Any:
    """`(fn(values), gradients)` for a scalar `fn`; with `has_aux`, for `fn` that returns `(scalar, aux)`.

    Args:
        fn: A function, written in ops, of a list of arrays.
        values: Arrays of floats.
        has_aux: Whether `fn` returns a pair.

    Returns:
        What `fn` returns, and the gradient of the scalar with respect to each value, of its shape and dtype; zeros
        where it does not depend on a value.

    Raises:
        DTypeError: A value is not of floats.
        ShapeError: The result is no scalar.
    """
    if selection.backend is None or selection.backend.name != "numpy":
        with use_backend(registry.load("numpy")):
            return value_and_grad(fn, values, has_aux)
    _check(values)
    level = next(levels)
    leaves = [Node([], [], None) for _ in values]
    result = fn([Traced(value, leaf, level) for value, leaf in zip(values, leaves, strict=True)])
    result, aux = result if has_aux else (result, None)
    if not isinstance(result, (Traced, np.ndarray, np.generic)):
        result = np.asarray(result)
    if result.shape != ():
        raise ShapeError(
            "The function that gradients are taken of returns a scalar.", received=f"{result.dtype.name}{result.shape}"
        )
    found: dict[Node, Any] = {}
    if type(result) is Traced and result.level == level:
        if result.dtype not in _FLOATS:
            raise DTypeError("Gradients are taken of floats.", received=result.dtype.name)
        root, result = result.node, result.value
        with np.errstate(all="ignore"):
            found = _pull_back({root: result.dtype.type(1)})
    gradients = [_gradient(found.get(leaf), value) for leaf, value in zip(leaves, values, strict=True)]
    if not has_aux:
        return result, gradients
    return (result, map_structure(lambda x: _lowered(x, level), aux)), gradients


def pullback(fn: Callable[[list[Any]], list[Any]], values: list[Any]) -> tuple[list[Any], Callable]:
    """`(fn(values), pull)`, `pull` being the function from cotangents of the results to those of the values.

    Args:
        fn: A function, written in ops, from a list of arrays to a list of arrays.
        values: Arrays of floats or complex numbers.

    Returns:
        What `fn` returns, and a function that can be called again and again: it keeps what `fn` computed.

    Raises:
        DTypeError: A value is not of floats.
    """
    if selection.backend is None or selection.backend.name != "numpy":
        with use_backend(registry.load("numpy")):
            return pullback(fn, values)
    _check(values)
    level = next(levels)
    leaves = [Node([], [], None) for _ in values]
    traced = fn([Traced(value, leaf, level) for value, leaf in zip(values, leaves, strict=True)])

    def pull(cotangents: list[Any]) -> list[Any]:
        seeds: dict[Node, Any] = {}
        for y, cotangent in zip(traced, cotangents, strict=True):
            if type(y) is Traced and y.level == level and y.dtype in _INEXACT:
                cotangent = conjugate(cotangent)
                seeds[y.node] = seeds[y.node] + cotangent if y.node in seeds else cotangent
        with np.errstate(all="ignore"):
            found = _pull_back(seeds, again=True) if seeds else {}
        return [_gradient(found.get(leaf), value) for leaf, value in zip(leaves, values, strict=True)]

    return [_lowered(y, level) for y in traced], pull


def _check(values: list[Any]) -> None:
    for value in values:
        if value.dtype not in _INEXACT:
            raise DTypeError("Gradients are taken with respect to floats.", received=value.dtype.name)


def _lowered(x: Any, level: int) -> Any:
    return x.value if type(x) is Traced and x.level == level else x


def conjugate(x: Any) -> Any:
    """Between the cotangents that rules carry, products along holomorphic functions, and the contract's, either way."""
    return ops.conj(x) if x.dtype.kind == "c" else x


@contextmanager
def no_grad() -> Iterator[None]:
    """A scope in which calls on arrays that are traced already are not remembered."""
    before = floor.level
    floor.level = next(levels)
    try:
        yield
    finally:
        floor.level = before


def _gradient(cotangent: Any, value: Any) -> Any:
    if cotangent is None:
        return np.zeros(value.shape, value.dtype)
    if cotangent.dtype.kind == "c":
        return ops.conj(cotangent)
    if type(cotangent) is np.ndarray and not cotangent.flags.writeable:
        # A view that repeats entries, or of somebody's constant.
        return cotangent.copy()
    return cotangent


def _pull_back(seeds: dict[Node, Any], again: bool = False) -> dict[Node, Any]:
    """The cotangents of the nodes without arguments, given those of some that were made from them.

    Args:
        seeds: The cotangents of those.
        again: Whether the nodes stay as they are, to be gone through once more.
    """
    cotangents = dict(seeds)
    order = _reachable(seeds)
    leaves: dict[Node, Any] = {}
    while order:
        node = order.pop()
        cotangent = cotangents.pop(node, None)
        if cotangent is None:
            continue
        if type(node) is Part:
            pieces = cotangents.setdefault(node.whole, [None] * node.whole.outputs)
            pieces[node.index] = cotangent
            continue
        if not node.edges:
            leaves[node] = cotangent
            continue
        kept, arguments = node.kept, node.arguments
        for parent, pull, position, place in node.edges:
            if place is None:
                argument = arguments[position]
                piece = pull(cotangent, kept, *arguments)
            else:
                argument = arguments[position][place]
                piece = pull(cotangent, kept, *arguments, place=place)
            if piece is None:
                continue
            if piece.shape != argument.shape:
                piece = summed_to(piece, argument.shape)
            if piece.dtype is not argument.dtype:
                piece = cast(piece, argument.dtype.name)
            before = cotangents.get(parent)
            cotangents[parent] = piece if before is None else before + piece
        if not again:
            # What the forward pass kept is needed no more, and long chains of nodes come apart here, one by one.
            node.arguments, node.kept, node.edges = [], None, []
    return leaves


def _reachable(roots: Iterable[Node]) -> list[Node]:
    """Some nodes and all those that they were made from, in the order in which they were made."""
    seen = set(roots)
    waiting = list(seen)
    while waiting:
        node = waiting.pop()
        if type(node) is Part:
            if node.whole not in seen:
                seen.add(node.whole)
                waiting.append(node.whole)
            continue
        for parent, _, _, _ in node.edges:
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return sorted(seen, key=attrgetter("serial"))


def summed_to(x: Any, shape: tuple[int, ...]) -> Any:
    """A cotangent summed over the axes along which an argument of `shape` was broadcast."""
    extra = x.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, size in enumerate(shape) if size == 1 and x.shape[i + extra] != 1
    )
    if axes and axes == tuple(range(len(axes))) and type(x) is np.ndarray and x.size > _LARGE and x.dtype.char in "fd":
        # The product with ones takes a fifth of the time of NumPy's sum over leading axes.
        count = math.prod(x.shape[: len(axes)])
        x = np.matmul(np.ones(count, x.dtype), x.reshape(count, -1))
    elif axes:
        x = ops.sum(x, axes)
    return ops.reshape(x, shape) if x.shape != shape else x
