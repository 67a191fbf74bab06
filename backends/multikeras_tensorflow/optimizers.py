"""Steps of optimizers by TensorFlow's own kernels, one for each variable, in place of a dozen."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from multikeras.errors import ShapeError

_kernels = tf.raw_ops
_PRECISE = (tf.float32, tf.float64)


def _step(update: Callable[..., None]) -> Callable[..., Any]:
    """What all steps begin with: gradients that fit, scalars of the variables' dtype, and weight decay.

    Nothing is done, and `False` returned, for the variables of a distribution strategy's, which have no kernels of this
    kind; for AMSGrad, whose kernel XLA has not; for short floats, in which the kernels lose `1 - beta_2`; and for steps
    that may turn out not to be due, which the kernels could not take back.
    """

    @functools.wraps(update)
    def step(
        optimizer: Any,
        gradients: list,
        values: list,
        slots: dict[str, list],
        decayed: list,
        rate: Any,
        iterations: Any,
        due: Any,
    ) -> Any:
        dtype = values[0].dtype
        if due is not None or dtype not in _PRECISE or getattr(optimizer, "amsgrad", False):
            return False
        if any(type(v) is not ResourceVariable for v in values):
            return False
        for gradient, value in zip(gradients, values, strict=True):
            if not gradient.shape.is_compatible_with(value.shape):
                raise ShapeError(
                    "A gradient has the shape of its variable.", received=f"{gradient.shape} for {value.shape}"
                )
        if any(g.dtype != dtype for g in gradients):
            gradients = [tf.cast(g, dtype) for g in gradients]
        rate = tf.cast(rate, dtype)
        for value, decay in decayed:
            value.assign_sub(value * (rate * decay), read_value=False)
        shared = optimizer.prepare(rate, tf.cast(iterations + 1, dtype))
        kept = [{name: column[i].handle for name, column in slots.items()} for i in range(len(values))]
        for gradient, value, own in zip(gradients, values, kept, strict=True):
            update(optimizer, gradient, value.handle, own, shared)
        return None

    return step


@_step
def adam(optimizer: Any, gradient: Any, var: Any, slots: dict[str, Any], shared: dict[str, Any]) -> None:
    """Adam and AdamW; the kernel finds nothing left to correct."""
    _kernels.ResourceApplyAdam(
        var=var,
        m=slots["momentum"],
        v=slots["velocity"],
        beta1_power=tf.zeros_like(shared["rate"]),
        beta2_power=tf.zeros_like(shared["rate"]),
        lr=shared["rate"] * _exactly(optimizer, gradient.dtype),
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


def _exactly(optimizer: Any, dtype: Any) -> float:
    """What makes up for `1 - beta`, which the kernel rounds: 1 - 0.999 is wrong by 5e-5 in float32, and so are all
    means of squares, by one and the same factor."""
    if dtype != tf.float32 or not (optimizer.beta_1 < 1 and optimizer.beta_2 < 1):
        return 1.0
    one = np.float32(1)
    first, second = (float(one - np.float32(b)) / (1 - b) for b in (optimizer.beta_1, optimizer.beta_2))
    return second**0.5 / first


@_step
def sgd(optimizer: Any, gradient: Any, var: Any, slots: dict[str, Any], shared: dict[str, Any]) -> None:
    """Gradient descent with and without momentum."""
    rate = shared["learning_rate"]
    if optimizer.momentum:
        _kernels.ResourceApplyKerasMomentum(
            var=var,
            accum=slots["momentum"],
            lr=rate,
            grad=gradient,
            momentum=optimizer.momentum,
            use_nesterov=optimizer.nesterov,
        )
    else:
        _kernels.ResourceApplyGradientDescent(var=var, alpha=rate, delta=gradient)


@_step
def adadelta(optimizer: Any, gradient: Any, var: Any, slots: dict[str, Any], shared: dict[str, Any]) -> None:
    """Adadelta."""
    _kernels.ResourceApplyAdadelta(
        var=var,
        accum=slots["accumulated_grad"],
        accum_update=slots["accumulated_delta_var"],
        lr=shared["learning_rate"],
        rho=optimizer.rho,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


@_step
def adamax(optimizer: Any, gradient: Any, var: Any, slots: dict[str, Any], shared: dict[str, Any]) -> None:
    """Adamax."""
    _kernels.ResourceApplyAdaMax(
        var=var,
        m=slots["momentum"],
        v=slots["norm"],
        beta1_power=tf.zeros_like(shared["rate"]),
        lr=shared["rate"],
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


@_step
def ftrl(optimizer: Any, gradient: Any, var: Any, slots: dict[str, Any], shared: dict[str, Any]) -> None:
    """Ftrl."""
    rate = shared["learning_rate"]
    _kernels.ResourceApplyFtrlV2(
        var=var,
        accum=slots["accumulator"],
        linear=slots["linear"],
        grad=gradient,
        lr=rate,
        l1=optimizer.l1_regularization_strength,
        l2=optimizer.l2_regularization_strength + optimizer.beta / (2.0 * rate),
        l2_shrinkage=optimizer.l2_shrinkage_regularization_strength,
        lr_power=optimizer.learning_rate_power,
    )


fused_updates = {"Adadelta": adadelta, "Adam": adam, "Adamax": adamax, "Ftrl": ftrl, "SGD": sgd}
