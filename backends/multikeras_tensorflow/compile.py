"""Compiled steps by `tf.function`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.autograph.core import config as autograph

from multikeras.backend import Spec, StepOptions
from multikeras.errors import NotSupportedError
from multikeras.graph.operation import flatten, map_structure
from multikeras_tensorflow import tensors
from multikeras_tensorflow.devices import accelerated
from multikeras_tensorflow.graphs import Graphs

# A user's `tf.function` that calls a model has its own code converted, not core's, which has no source for some of it:
# what TensorFlow does for Keras. There is no public way to say so.
autograph.CONVERSION_RULES = (autograph.DoNotConvert("multikeras"), *autograph.CONVERSION_RULES)


def step(fn: Callable, options: StepOptions) -> Callable:
    """`fn` as a graph; by XLA where the whole is to be compiled. A size that changes becomes unknown at its second
    value."""
    if options.whole:
        fn = _for_xla(fn)
    return Graphs(fn, jit_compile=options.whole or None)


feed = tensors.held_on_host


def repeats() -> bool:
    """Loops run on every device."""
    return True


def repeat(fn: Callable, options: StepOptions) -> Callable:
    """`fn` in a loop of a graph's."""

    def run(entries: Any) -> Any:
        count = tf.shape(next(x for x in flatten(entries) if x is not None))[0]

        def entry_at(i: Any) -> Any:
            return map_structure(lambda x: None if x is None else x[i], entries)

        # The first runs outside: it says what the loop carries.
        first = fn(entry_at(0))
        leaves = [x for x in flatten(first) if x is not None]

        def once(i: Any, *_: Any) -> list[Any]:
            return [i + 1, *(x for x in flatten(fn(entry_at(i))) if x is not None)]

        _, *last = tf.while_loop(lambda i, *_: i < count, once, [tf.constant(1), *leaves], parallel_iterations=1)
        given = iter(last)
        return map_structure(lambda x: None if x is None else next(given), first)

    return step(run, options)


class _Tracing(threading.local):
    for_xla = False


_tracing = _Tracing()


def compiles_for_xla() -> bool:
    """Whether a step is being traced that XLA is to compile."""
    return _tracing.for_xla


def graph_for_processor() -> bool:
    """Whether a graph is being traced that TensorFlow itself runs, kernel by kernel, on the CPU.

    XLA makes one loop of many kernels, and accelerators wait where the host looks at a value.
    """
    return not (tf.executing_eagerly() or _tracing.for_xla or accelerated())


def _for_xla(fn: Callable) -> Callable:
    def run(*arguments: Any) -> Any:
        before = _tracing.for_xla
        _tracing.for_xla = True
        try:
            return fn(*arguments)
        finally:
            _tracing.for_xla = before

    return run


def traced(fn: Callable, specs: Sequence[Spec]) -> Any:
    """What `fn` returns for tensors of a graph that is thrown away."""
    with tf.__internal__.FuncGraph("shapes").as_default():  # type: ignore[attr-defined]
        return fn(*(tf.compat.v1.placeholder(tensors.native_dtype(s.dtype), s.shape) for s in specs))


# What only makes, moves, views or names values.
# fmt: off
_NO_KERNELS = frozenset({
    "Cast", "ConcatV2", "Const", "ExpandDims", "Fill", "Identity", "IdentityN", "NoOp", "Pack", "Placeholder",
    "ReadVariableOp", "Reshape", "Shape", "Slice", "Squeeze", "StridedSlice", "Transpose", "VarHandleOp",
    "ZerosLike", "BroadcastTo", "StopGradient",
})
# fmt: on


def kernels(fn: Callable, *values: Any) -> list[str]:
    """The operations of the graph that a call makes, and of the loops in it."""
    specs = [tf.TensorSpec(x.shape, x.dtype) for x in values]
    graph = tf.function(fn, autograph=False).get_concrete_function(*specs).graph
    found = []
    for definition in (graph.as_graph_def(), *graph.as_graph_def().library.function):
        nodes = definition.node if hasattr(definition, "node") else definition.node_def
        found += [node.op for node in nodes if node.op not in _NO_KERNELS]
    return found


def host_call(fn: Callable[..., np.ndarray], spec: Spec, *arguments: Any) -> Any:
    """The tensor that `fn`, called on NumPy arrays, returns; also inside a graph.

    Raises:
        NotSupportedError: XLA is to compile the graph.
    """
    if _tracing.for_xla:
        raise NotSupportedError(
            "A step that XLA compiles asks nothing of the host, from which portable draws come.",
            hint="jit_compile=False, or multikeras.config.set_random('fast')",
        )
    result = tf.numpy_function(
        lambda *xs: np.asarray(fn(*xs)), [tf.convert_to_tensor(x) for x in arguments], tensors.native_dtype(spec.dtype)
    )
    result.set_shape([s if isinstance(s, int) else None for s in spec.shape])
    return result
