"""Products of matrices and tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops._einsum import einsum_shape, spread_shapes
from multikeras.ops.products import contracted_axes, product_dtype
from multikeras_tensorflow.constants import integers
from multikeras_tensorflow.gradients import values_alone
from multikeras_tensorflow.table import table
from multikeras_tensorflow.tensors import native_dtype
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, HALVES, cast, kernel, to

table.takes_tensors_only("cross", "dot", "einsum", "inner", "matmul", "outer", "tensordot", "vdot")

_matrix_product = kernel("MatMul")
_batched = kernel("BatchMatMulV2")
_bias_add = kernel("BiasAdd")
_expand = kernel("ExpandDims")
_squeeze = kernel("Squeeze")
_MULTIPLIED = HALVES | COMPLEX | {tf.float32, tf.float64, tf.int32, tf.int64}


def _exactly(product: Callable, first: Any, *rest: Any) -> Any:
    """A product of integers, bools or 8-bit floats, of one dtype."""
    result = native_dtype(product_dtype(first.dtype.name))
    wide = tf.float32 if first.dtype in FLOAT8 else tf.int32 if first.dtype is tf.bool else tf.int64
    return to(product(*(cast(x, wide) for x in (first, *rest))), result)


@table.implements(ops.matmul)
def matmul(x1: Any, x2: Any) -> Any:
    if x1.dtype not in _MULTIPLIED:
        return _exactly(matmul, x1, x2)
    rank1, rank2 = x1.shape.rank, x2.shape.rank
    if rank1 == 2 and rank2 == 2:
        return _matrix_product(x1, x2)
    if rank1 >= 2 and rank2 >= 2:
        if rank2 == 2:
            return flat_product(x1, x2)
        return _batched(x1, x2)
    if rank1 == 0 or rank2 == 0:
        raise ValueError("no axes")
    result = matmul(
        _expand(x1, integers(0)) if rank1 == 1 else x1,
        _expand(x2, integers(1)) if rank2 == 1 else x2,
    )
    if rank1 == 1:
        result = _squeeze(result, [-1 if rank2 == 1 else -2])
    return _squeeze(result, [-1]) if rank2 == 1 else result


def flat_product(x1: Any, x2: Any, bias: Any = None) -> Any:
    """A batch of matrices times one matrix: one product of a long matrix, which is faster than many short ones.

    A `bias`, one number for each column, is added to the long matrix, where graphs fuse the two.
    """
    known = x1.shape.as_list()
    inner, columns = known[-1], x2.shape[-1]
    if inner is None or inner == 0:
        return _batched(x1, x2) if bias is None else _bias_add(_batched(x1, x2), bias)
    result = _matrix_product(tf.reshape(x1, integers((-1, inner))), x2)
    if bias is not None:
        result = _bias_add(result, bias)
    if columns is None or None in known:
        shape = tf.concat([tf.shape(x1)[:-1], tf.shape(x2)[-1:]], 0)
    else:
        shape = integers((*known[:-1], columns))
    result = tf.reshape(result, shape)
    result.set_shape([*known[:-1], columns])
    return result


def _same_dtype(x: Any, result: Any) -> Any:
    # Only `matmul` and `einsum` sum up int8 in int32.
    return to(result, x.dtype)


@table.implements(ops.tensordot)
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    axes = contracted_axes(axes, x1.shape.rank, x2.shape.rank)
    if x1.dtype not in _MULTIPLIED:
        return _same_dtype(x1, _exactly(lambda a, b: tensordot(a, b, axes), x1, x2))
    if any(None not in (x1.shape[i], x2.shape[j]) and x1.shape[i] != x2.shape[j] for i, j in zip(*axes, strict=True)):
        raise ValueError("axes of two sizes")
    return tf.tensordot(x1, x2, axes)


@table.implements(ops.dot)
def dot(x1: Any, x2: Any) -> Any:
    if x1.shape.rank == 0 or x2.shape.rank == 0:
        return table.native["multiply"](x1, x2)
    if x2.shape.rank <= 2:
        return _same_dtype(x1, matmul(x1, x2))
    return tensordot(x1, x2, ([-1], [-2]))


@table.implements(ops.inner)
def inner(x1: Any, x2: Any) -> Any:
    if x1.shape.rank == 0 or x2.shape.rank == 0:
        return table.native["multiply"](x1, x2)
    return tensordot(x1, x2, ([-1], [-1]))


@table.implements(ops.outer)
def outer(x1: Any, x2: Any) -> Any:
    return table.native["multiply"](tf.reshape(x1, integers((-1, 1))), tf.reshape(x2, integers((1, -1))))


@table.implements(ops.vdot)
def vdot(x1: Any, x2: Any) -> Any:
    if x1.dtype in COMPLEX:
        x1 = tf.math.conj(x1)
    flat = integers((-1,))
    return dot(tf.reshape(x1, flat), tf.reshape(x2, flat))


@table.implements(ops.einsum)
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    if any(0 in x.shape for x in operands):
        # The kernel does not look at the other sizes.
        einsum_shape(subscripts, tuple(tuple(x.shape) for x in operands))
    if operands[0].dtype not in _MULTIPLIED:
        return _exactly(lambda *xs: einsum(subscripts, *xs), *operands)
    try:
        return tf.einsum(subscripts, *operands)
    except (tf.errors.InvalidArgumentError, ValueError):
        # The kernel does not broadcast axes of a letter.
        shapes = tuple(tuple(x.shape) for x in operands)
        einsum_shape(subscripts, shapes)
        wide = spread_shapes(subscripts, shapes)
        if wide == [*shapes] or any(None in shape for shape in wide):
            raise
        return tf.einsum(subscripts, *(tf.broadcast_to(x, shape) for x, shape in zip(operands, wide, strict=True)))


_cross = kernel("Cross")
_CROSSED = _MULTIPLIED - COMPLEX - HALVES


@table.implements(ops.cross)
def cross(x1: Any, x2: Any, axisa: int, axisb: int, axisc: int, axis: int | None) -> Any:
    usual = (axisa, axisb, axisc) == (-1, -1, -1) and axis in (None, -1) and x1.dtype in _CROSSED
    if usual and x1.shape == x2.shape and x1.shape[-1] == 3 and 0 not in x1.shape and values_alone(x1, x2):
        return _cross(x1, x2)
    return table.composite(ops.cross)(x1, x2, axisa, axisb, axisc, axis)
