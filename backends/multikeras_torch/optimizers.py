"""Steps of optimizers for all variables at once, in place, by torch's kernels for lists of tensors."""

from __future__ import annotations

from typing import Any

import torch

# Torch exports these, but under private names.
_kernels: Any = torch


@torch.no_grad()
def adam(optimizer: Any, gradients: list, values: list, slots: dict[str, list], shared: dict[str, Any]) -> None:
    """Adam and AdamW, whose decay is applied before."""
    mean, spread = slots["momentum"], slots["velocity"]
    _kernels._foreach_lerp_(mean, gradients, 1 - optimizer.beta_1)
    _kernels._foreach_mul_(spread, optimizer.beta_2)
    _kernels._foreach_addcmul_(spread, gradients, gradients, 1 - optimizer.beta_2)
    if optimizer.amsgrad:
        _kernels._foreach_maximum_(slots["velocity_hat"], spread)
        spread = slots["velocity_hat"]
    divisor = _kernels._foreach_sqrt(spread)
    _kernels._foreach_add_(divisor, optimizer.epsilon)
    _kernels._foreach_div_(divisor, shared["rate"])
    _kernels._foreach_addcdiv_(values, mean, divisor, -1)


@torch.no_grad()
def sgd(optimizer: Any, gradients: list, values: list, slots: dict[str, list], shared: dict[str, Any]) -> None:
    """Gradient descent with and without momentum."""
    step = _kernels._foreach_mul(gradients, shared["learning_rate"])
    if optimizer.momentum:
        velocity = slots["momentum"]
        _kernels._foreach_mul_(velocity, optimizer.momentum)
        _kernels._foreach_sub_(velocity, step)
        if optimizer.nesterov:
            _kernels._foreach_add_(values, velocity, alpha=optimizer.momentum)
        else:
            _kernels._foreach_add_(values, velocity)
            return
    _kernels._foreach_sub_(values, step)


@torch.no_grad()
def rmsprop(optimizer: Any, gradients: list, values: list, slots: dict[str, list], shared: dict[str, Any]) -> None:
    """RMSprop, centered or not, with and without momentum."""
    rho = optimizer.rho
    spread = slots["velocity"]
    _kernels._foreach_mul_(spread, rho)
    _kernels._foreach_addcmul_(spread, gradients, gradients, 1 - rho)
    if optimizer.centered:
        mean = slots["average_gradient"]
        _kernels._foreach_mul_(mean, rho)
        _kernels._foreach_add_(mean, gradients, alpha=1 - rho)
        spread = _kernels._foreach_addcmul(spread, mean, mean, -1)
        _kernels._foreach_add_(spread, optimizer.epsilon)
    else:
        spread = _kernels._foreach_add(spread, optimizer.epsilon)
    _kernels._foreach_sqrt_(spread)
    step = _kernels._foreach_mul(gradients, shared["learning_rate"])
    _kernels._foreach_div_(step, spread)
    if optimizer.momentum > 0:
        velocity = slots["momentum"]
        _kernels._foreach_mul_(velocity, optimizer.momentum)
        _kernels._foreach_add_(velocity, step)
        step = velocity
    _kernels._foreach_sub_(values, step)


fused_updates = {"Adam": adam, "RMSprop": rmsprop, "SGD": sgd}
