"""Functions that bring their own gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table


@table.implements(ops.custom_gradient)
def custom_gradient(function: Callable, tensors: list[Any]) -> list[Any]:
    @tf.custom_gradient
    def run(*given: Any) -> Any:
        outputs, pull = function(list(given))
        return [tf.convert_to_tensor(y) for y in outputs], lambda *cotangents: pull(list(cotangents))

    return list(run(*tensors))
