"""Graphs of a function, found by the shapes and dtypes of its arguments.

`tf.function` describes every argument anew at each call, 0.1 ms of Python code before anything runs. Here a graph that
has run before is reached by a key, which takes a few microseconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from multikeras.graph.operation import map_structure

_serials = itertools.count()

# More shapes than that are not kept apart: `tf.function` finds their graphs.
_MOST = 256


class Graphs:
    """A function of nested tensors, as a graph for each nesting of arguments and their shapes.

    A size that changes becomes unknown at its second value. NumPy arrays in the place of tensors are copied.

    Args:
        fn: The function.
        jit_compile: As in `tf.function`.
    """

    def __init__(self, fn: Callable, jit_compile: bool | None) -> None:
        self._options = {"autograph": False, "jit_compile": jit_compile, "reduce_retracing": True}
        self._fn = fn
        self._whole = tf.function(fn, **self._options)
        # By the nesting of the arguments and their numbers of axes: the function of their tensors, one after the other.
        self._flat: dict[Any, Any] = {}
        # By nesting, shapes and dtypes: what runs a graph.
        self._runs: dict[Any, Callable] = {}

    def __call__(self, *args: Any) -> Any:
        if not tf.executing_eagerly() or tf.config.functions_run_eagerly() or tf.distribute.has_strategy():
            return self._whole(*args)
        leaves: list[Any] = []
        kinds: list[Any] = []
        try:
            nesting = _gather(args, leaves, kinds)
        except TypeError:
            # Something else than tensors, such as a sparse one, which TensorFlow takes apart itself.
            return self._whole(*args)
        key = (nesting, *kinds)
        run = self._runs.get(key)
        if run is not None:
            return run(leaves)
        # Of several sizes one graph is made, but of several numbers of axes it could not be.
        form = (nesting, *[len(shape) for shape, _ in kinds])
        function = self._flat.get(form)
        if function is None:
            function = self._flat[form] = tf.function(self._taking_leaves(args), **self._options)
        outputs = function(*leaves)
        if len(self._runs) < _MOST:
            graph = function.get_concrete_function(*leaves)
            self._runs[key] = lambda leaves: graph._call_flat(leaves, graph.captured_inputs)
        return outputs

    def _taking_leaves(self, args: Any) -> Callable:
        """The function of the tensors in such arguments."""
        fn = self._fn
        places = map_structure(lambda leaf: leaf is not None, args)

        def flat(*leaves: Any) -> Any:
            given = iter(leaves)
            return fn(*map_structure(lambda there: next(given) if there else None, places))

        # TensorFlow counts traces by code, and warns of many: each graph's is another one.
        flat.__code__ = flat.__code__.replace(co_name=f"flat_{next(_serials)}")
        return flat


def _gather(x: Any, leaves: list[Any], kinds: list[Any]) -> Any:
    """The nesting of arguments, something hashable; their tensors and the kinds of these are added to the lists.

    Raises:
        TypeError: There is something else than tensors, arrays and `None`.
    """
    kind = type(x)
    if kind is np.ndarray:
        leaves.append(tf.constant(x))
        kinds.append((x.shape, x.dtype))
        return "."
    if kind is tuple or kind is list:
        return (kind, *[_gather(inner, leaves, kinds) for inner in x])
    if x is None:
        return None
    if isinstance(x, tf.Tensor):
        leaves.append(x)
        kinds.append((tuple(x.shape), x.dtype))
        return "."
    if kind is dict:
        return (dict, tuple(x), *[_gather(inner, leaves, kinds) for inner in x.values()])
    raise TypeError(kind)
