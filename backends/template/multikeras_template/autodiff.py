"""Gradients: Autograd's tape, asked for several values at once. Those of complex numbers are conjugates of ours."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from autograd.core import VJPNode, add_outgrads
from autograd.tracer import isbox, new_box, notrace_primitives
from autograd.util import toposort

from multikeras.backend import registry, use_backend
from multikeras.errors import DTypeError, ShapeError
from multikeras.graph.operation import map_structure
from multikeras_template.table import table
from multikeras_template.tensors import cast

# Autograd numbers nested traces from 0 in each process, which two threads would upset.
_levels = itertools.count()


def value_and_grad(fn: Callable[[list[Any]], Any], values: list[Any], has_aux: bool = False) -> Any:
    """`(fn(values), gradients)` for a scalar `fn`; with `has_aux`, for `fn` that returns `(scalar, aux)`.

    Raises:
        DTypeError: A value, or the scalar, is no float.
        ShapeError: The result is no scalar.
    """
    level = next(_levels)
    leaves = [VJPNode.new_root() for _ in values]
    boxes = [new_box(x, level, leaf) for x, leaf in zip(values, leaves, strict=True)]
    # What the function makes anew belongs to the current backend; warnings of overflow speak of NumPy.
    with use_backend(registry.load(table.backend)), _recording(True), np.errstate(all="ignore"):
        result = fn(boxes)
        scalar = result[0] if has_aux else result
        _check(scalar, values)
        conj, traced = table.native["conj"], isbox(scalar) and scalar._trace == level
        found = _pulled_back(scalar._node, np.ones((), scalar.dtype)) if traced else {}
        gradients = [
            conj(cast(found[leaf][0], x.dtype.name)) if leaf in found else np.zeros(x.shape, x.dtype)
            for leaf, x in zip(leaves, values, strict=True)
        ]

    def unboxed(x: Any) -> Any:
        return x._value if isbox(x) and x._trace == level else x

    return map_structure(unboxed, result if has_aux else scalar), gradients


def _check(scalar: Any, values: list[Any]) -> None:
    for x in values:
        if x.dtype.kind not in "fVc":
            raise DTypeError("Gradients are taken with respect to floats.", received=x.dtype.name)
    if getattr(scalar, "shape", ()) != ():
        raise ShapeError("The function that gradients are taken of returns a scalar.", received=str(scalar.shape))


def _pulled_back(end: VJPNode, seed: Any) -> dict[Any, Any]:
    """The cotangents of the nodes without parents, each with a flag of Autograd's."""
    found = {end: (seed, False)}
    for node in toposort(end):
        if node.parents:
            cotangent, _ = found.pop(node)
            for parent, piece in zip(node.parents, node.vjp(cotangent), strict=True):
                found[parent] = add_outgrads(found.get(parent), piece)
    return found


class _State(threading.local):
    recording = True


_state = _State()


class _Untraced(set):
    """The functions that Autograd does not record: all of them in a thread where recording is off."""

    def __contains__(self, function: object) -> bool:
        return not _state.recording or super().__contains__(function)


notrace_primitives[VJPNode] = _Untraced(notrace_primitives[VJPNode])


@contextmanager
def _recording(on: bool) -> Iterator[None]:
    before, _state.recording = _state.recording, on
    try:
        yield
    finally:
        _state.recording = before


def no_grad() -> AbstractContextManager:
    """A scope in which nothing is recorded, but for gradients that are taken inside it."""
    return _recording(False)
