"""A function of one entry, called for all entries at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops.looping import check_steps
from multikeras_tensorflow.table import table


@table.implements(ops.vectorized_map)
def vectorized_map(function: Callable, elements: list[Any]) -> list[Any]:
    count = check_steps(function, elements, None, 1)
    if count == 0:
        return ops.vectorized_map.op.body(function, elements)
    results = tf.vectorized_map(
        lambda entries: [tf.convert_to_tensor(x) for x in function(list(entries))], list(elements)
    )
    for x in results:
        x.set_shape([count, *x.shape[1:]])
    return list(results)
