"""Logic on truth values, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras_tensorflow.ops.comparison import truth
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import kernel

table.takes_tensors_only("logical_and", "logical_or", "logical_xor")

_not = kernel("LogicalNot")


def _logical(name: str) -> Callable:
    function = kernel(name)

    def run(x1: Any, x2: Any) -> Any:
        return function(x1, x2) if x1.dtype is tf.bool else function(truth(x1), truth(x2))

    return run


table.alias(
    logical_and=_logical("LogicalAnd"),
    logical_not=lambda x: _not(truth(x)),
    logical_or=_logical("LogicalOr"),
    logical_xor=_logical("NotEqual"),
)
