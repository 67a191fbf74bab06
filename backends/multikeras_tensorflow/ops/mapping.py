"""A function of one entry, called for all entries at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops.looping import check_steps
from multikeras_tensorflow.table import table


class _Mapping(threading.local):
    on = False


_mapping = _Mapping()

# What does not depend on the entry is repeated by a kernel, which these have not.
_UNTILED = frozenset({tf.uint16, tf.uint32, tf.uint64})


def mapped() -> bool:
    """Whether a call stands for that of many entries at once: TensorFlow turns a few kernels into others there."""
    return _mapping.on


@table.implements(ops.vectorized_map)
def vectorized_map(function: Callable, elements: list[Any]) -> list[Any]:
    count = check_steps(function, elements, None, 1)
    if count == 0 or any(x.dtype in _UNTILED for x in elements):
        return table.composite(ops.vectorized_map)(function, elements)

    def traced(entries: Any) -> list[Any]:
        before = _mapping.on
        _mapping.on = True
        try:
            return [tf.convert_to_tensor(x) for x in function(list(entries))]
        finally:
            _mapping.on = before

    results = tf.vectorized_map(traced, list(elements))
    for x in results:
        x.set_shape([count, *x.shape[1:]])
    return list(results)
