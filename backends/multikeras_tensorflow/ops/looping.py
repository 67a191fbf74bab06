"""A function called step by step: in a graph as a loop, or written out where there are few steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops.looping import check_carry, check_steps
from multikeras_tensorflow.compile import compiles_for_xla
from multikeras_tensorflow.table import table

# Up to how many steps are written out: TensorFlow runs them in 2/3 of the time of a loop, but a graph grows with them.
_WRITTEN_OUT = 64


@table.implements(ops.scan)
def scan(
    f: Callable, init: Any, xs: Any, length: int | None = None, reverse: bool = False, unroll: Any = 1
) -> tuple[list[Any], list[Any]]:
    count = check_steps(f, xs, length, unroll)
    few = count is not None and (unroll is True or (count <= _WRITTEN_OUT and not compiles_for_xla()))
    if count == 0 or few or (count is not None and tf.executing_eagerly()):
        return table.composite(ops.scan)(f, init, xs, length, reverse, unroll)
    size: Any = tf.shape(xs[0])[0] if count is None else count
    entries = [tf.TensorArray(x.dtype, size, element_shape=x.shape[1:]).unstack(x) for x in xs]

    def step(t: Any, carry: Any) -> tuple[list[Any], list[Any]]:
        after, outputs = f(list(carry), [e.read(size - 1 - t if reverse else t) for e in entries])
        check_carry(carry, after)
        after = list(after)
        for old, new in zip(carry, after, strict=True):
            new.set_shape(old.shape)
        return after, list(outputs)

    # A step that is thrown away tells what there is to collect: there may be none to run.
    with tf.__internal__.FuncGraph("step").as_default():  # type: ignore[attr-defined]
        given = [[tf.compat.v1.placeholder(x.dtype, shape) for x, shape in row] for row in _shapes(init, xs)]
        collected = [(y.dtype, y.shape) for y in f(*given)[1]]
    rows = [tf.TensorArray(dtype, size, element_shape=shape) for dtype, shape in collected]

    def body(t: Any, carry: Any, rows: Any) -> Any:
        carry, outputs = step(t, carry)
        place = size - 1 - t if reverse else t
        return t + 1, tuple(carry), tuple(row.write(place, y) for row, y in zip(rows, outputs, strict=True))

    _, carry, rows = tf.while_loop(
        lambda t, *_: t < size, body, (tf.constant(0), tuple(init), tuple(rows)), maximum_iterations=size
    )
    stacked = [row.stack() for row in rows]
    for y in stacked:
        y.set_shape([count, *y.shape[1:]])
    return list(carry), stacked


def _shapes(init: Any, xs: Any) -> Any:
    """The carry and the entries of a step, with their shapes."""
    return [(x, x.shape) for x in init], [(x, x.shape[1:]) for x in xs]
