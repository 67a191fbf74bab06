"""The linear map: a product and a bias that graphs fuse."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.ops.products import flat_product, matmul
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import HALVES
from multikeras_tensorflow.widened import kernel as raw

table.takes_tensors_only("linear")
_bias_add = raw("BiasAdd")
_FUSED = HALVES | {tf.float32, tf.float64}


_add = raw("AddV2")
_EAGER = tf.__internal__.EagerTensor  # type: ignore[attr-defined]


def _added(product: Any, bias: Any) -> Any:
    """The sum with a bias that broadcasts, but does not make the product larger."""
    result = _add(product, bias)
    if not result.shape.is_compatible_with(product.shape):
        raise ValueError("a bias larger than the product")
    return result


@table.implements(ops.linear)
def linear(x: Any, kernel: Any, bias: Any = None) -> Any:
    if x.dtype not in _FUSED:
        return table.composite(ops.linear)(x, kernel, bias)
    rows, columns = kernel.shape
    if bias is not None and x.shape.rank > 2 and rows and columns and bias.shape == (columns,):
        return flat_product(x, kernel, bias)
    product = matmul(x, kernel)
    if bias is None:
        return product
    if not (rows and columns):
        # A graph would fuse the two, and the fused kernel ends the process where there is nothing to multiply.
        product = tf.where(True, product, tf.zeros((), product.dtype))
    # What broadcasts is seen too late in a graph.
    late = type(bias) is not _EAGER and (bias.shape.rank != 1 or bias.shape[0] is None)
    if late or product.shape.rank < 2:
        return _added(product, bias)
    try:
        return _bias_add(product, bias)
    except (tf.errors.InvalidArgumentError, ValueError):
        return _added(product, bias)
