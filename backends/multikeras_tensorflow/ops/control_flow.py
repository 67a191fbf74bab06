"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops.switching import check_branches
from multikeras.ops.while_loops import next_variables
from multikeras_tensorflow.ops.comparison import truth
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import cast


@table.implements(ops.cond)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    if not (callable(true_fn) and callable(false_fn)):
        raise TypeError("no function")
    if pred.shape.rank > 1 or pred.shape.num_elements() not in (1, None):
        raise ValueError("a condition is one value")
    if tf.executing_eagerly():
        return true_fn() if pred.numpy().item() else false_fn()
    return tf.cond(tf.reshape(truth(pred), ()), true_fn, false_fn)


@table.implements(ops.switch)
def switch(index: Any, branches: Any, operands: list[Any]) -> list[Any]:
    check_branches(branches)
    place = tf.clip_by_value(cast(tf.reshape(index, ()), tf.int32), 0, len(branches) - 1)
    if tf.executing_eagerly():
        return list(branches[int(place)](list(operands)))
    return list(tf.switch_case(place, [lambda f=f: list(f(list(operands))) for f in branches]))


@table.implements(ops.while_loop)
def while_loop(
    cond: Callable, body: Callable, loop_vars: list[Any], maximum_iterations: int | None = None
) -> list[Any]:
    if tf.executing_eagerly():
        return table.composite(ops.while_loop)(cond, body, loop_vars, maximum_iterations)

    def holds(*variables: Any) -> Any:
        return tf.reshape(truth(tf.convert_to_tensor(cond(list(variables)))), ())

    def once(*variables: Any) -> list[Any]:
        after = next_variables(body, variables)
        for old, new in zip(variables, after, strict=True):
            new.set_shape(old.shape)
        return after

    return list(tf.while_loop(holds, once, list(loop_vars), maximum_iterations=maximum_iterations))
