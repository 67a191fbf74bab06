"""Singular values of matrices."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table


@table.implements(ops.singular_values)
def singular_values(x: Any) -> Any:
    return tf.linalg.svd(x, compute_uv=False)
