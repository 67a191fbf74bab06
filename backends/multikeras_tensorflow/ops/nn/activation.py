"""Activations by TensorFlow's kernels.

Where these have another slope at a kink than JAX (leaky_relu, selu), or are not exact near 0 (elu), the composite body
runs.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.compile import graph_for_processor
from multikeras_tensorflow.gradients import values_alone
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, in_wide, kernel, unary

_mul = kernel("Mul")
_add = kernel("AddV2")
_sigmoid = kernel("Sigmoid")
_softplus = kernel("Softplus")
_negative = kernel("Neg")
_tanh = kernel("Tanh")
_erfc = kernel("Erfc")
_square = kernel("Square")

table.alias(
    log_sigmoid=unary(lambda x: _negative(_softplus(_negative(x))), FLOAT8),
    relu=unary(kernel("Relu"), FLOAT8),
    relu6=unary(kernel("Relu6"), FLOAT8),
    sigmoid=unary(_sigmoid, FLOAT8),
    silu=unary(lambda x: _mul(x, _sigmoid(x)), FLOAT8),
    softplus=unary(_softplus, FLOAT8),
    softsign=unary(kernel("Softsign"), FLOAT8),
    tanh_shrink=unary(lambda x: x - _tanh(x), FLOAT8),
)


def _softsign_grad_grad(op: Any, grad: Any) -> tuple[Any, Any]:
    """Of `g / (1 + |x|)^2`, which TensorFlow has no gradient of: with respect to `g` and `x`."""
    gradients, x = op.inputs
    scale = 1.0 + tf.abs(x)
    return grad / tf.square(scale), -2.0 * grad * gradients * tf.sign(x) / (scale * scale * scale)


# Unless a later TensorFlow brings its own.
with contextlib.suppress(KeyError):
    tf.RegisterGradient("SoftsignGrad")(_softsign_grad_grad)


@table.implements(ops.gelu)
def gelu(x: Any, approximate: bool) -> Any:
    if x.dtype in FLOAT8:
        return in_wide(lambda y: gelu(y, approximate), (x,))
    if approximate:
        inner = _mul(_add(x, _mul(_mul(_square(x), x), 0.044715)), math.sqrt(2 / math.pi))
        return _mul(_mul(x, 0.5), _add(_tanh(inner), 1.0))
    if graph_for_processor():
        return _gelu_in_few_passes(x)
    return _mul(_mul(x, 0.5), _erfc(_mul(x, -math.sqrt(0.5))))


@tf.custom_gradient
def _gelu_in_few_passes(x: Any) -> Any:
    """`x s(x)` for the share `s(x) = erfc(z) / 2`, with `z = -x / sqrt(2)`.

    Its slope is `s(x) - z exp(-z^2) / sqrt(pi)`, which takes fewer passes over memory than the product and chain rules.
    """
    z = _mul(x, -math.sqrt(0.5))
    share = _mul(_erfc(z), 0.5)

    def pull(upstream: Any) -> Any:
        bell = tf.exp(_negative(_square(z)))
        return upstream * (share - _mul(_mul(z, bell), math.sqrt(1 / math.pi)))

    return _mul(x, share), pull


@table.implements(ops.leaky_relu)
def leaky_relu(x: Any, negative_slope: float) -> Any:
    if x.dtype in FLOAT8:
        return in_wide(lambda y: leaky_relu(y, negative_slope), (x,))
    # The kernel holds the slope in 32 bits.
    if values_alone(x) and x.dtype is not tf.float64:
        return tf.nn.leaky_relu(x, negative_slope)
    return tf.where(x >= 0, x, _mul(x, negative_slope))


@table.implements(ops.hard_tanh)
def hard_tanh(x: Any) -> Any:
    if x.dtype not in _COMPUTED or not values_alone(x):
        return table.composite(ops.hard_tanh)(x)
    return _minimum(_maximum(x, -1.0), 1.0)


_elu = kernel("Elu")


@table.implements(ops.elu)
def elu(x: Any, alpha: float) -> Any:
    if x.dtype not in _COMPUTED:
        return table.composite(ops.elu)(x, alpha)
    bent = _elu(x)
    return bent if alpha == 1 else tf.where(x > 0, x, _mul(bent, float(alpha)))


@table.implements(ops.selu)
def selu(x: Any) -> Any:
    return _selu(x) if x.dtype in _COMPUTED else table.composite(ops.selu)(x)


_selu = kernel("Selu")

_COMPUTED = frozenset({tf.float32, tf.float64})
_maximum = kernel("Maximum")
_minimum = kernel("Minimum")
_divide = kernel("RealDiv")
_sqrt = kernel("Sqrt")
_absolute = kernel("Abs")


@table.implements(ops.squareplus)
def squareplus(x: Any, b: float) -> Any:
    if x.dtype not in _COMPUTED or not b > 0 or not values_alone(x):
        return table.composite(ops.squareplus)(x, b)
    # The larger root of y * (y - abs(x)) = b / 4 in size; the terms of the other one would cancel.
    larger = _add(_absolute(x), _sqrt(_add(_square(x), float(b))))
    return _add(_maximum(x, 0.0), _divide(b / 2, larger))


@table.implements(ops.sparse_sigmoid)
def sparse_sigmoid(x: Any) -> Any:
    if x.dtype not in _COMPUTED or not values_alone(x):
        return table.composite(ops.sparse_sigmoid)(x)
    return _minimum(_maximum(_mul(_add(x, 1.0), 0.5), 0.0), 1.0)
