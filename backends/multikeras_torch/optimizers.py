"""Steps of optimizers for all variables at once, in place, by torch's kernels for lists of tensors."""

from __future__ import annotations

from typing import Any

import torch


@torch.no_grad()
def adam(optimizer: Any, gradients: list, values: list, slots: dict[str, list], shared: dict[str, Any]) -> None:
    """Adam and AdamW, whose decay is applied before."""
    mean, spread = slots["momentum"], slots["velocity"]
    torch._foreach_lerp_(mean, gradients, 1 - optimizer.beta_1)
    torch._foreach_mul_(spread, optimizer.beta_2)
    torch._foreach_addcmul_(spread, gradients, gradients, 1 - optimizer.beta_2)
    if optimizer.amsgrad:
        torch._foreach_maximum_(slots["velocity_hat"], spread)
        spread = slots["velocity_hat"]
    divisor = torch._foreach_sqrt(spread)
    torch._foreach_add_(divisor, optimizer.epsilon)
    torch._foreach_div_(divisor, shared["rate"])
    torch._foreach_addcdiv_(values, mean, divisor, -1)


@torch.no_grad()
def sgd(optimizer: Any, gradients: list, values: list, slots: dict[str, list], shared: dict[str, Any]) -> None:
    """Gradient descent with and without momentum."""
    step = torch._foreach_mul(gradients, shared["learning_rate"])
    if optimizer.momentum:
        velocity = slots["momentum"]
        torch._foreach_mul_(velocity, optimizer.momentum)
        torch._foreach_sub_(velocity, step)
        if optimizer.nesterov:
            torch._foreach_add_(values, velocity, alpha=optimizer.momentum)
        else:
            torch._foreach_add_(values, velocity)
            return
    torch._foreach_sub_(values, step)


@torch.no_grad()
def rmsprop(optimizer: Any, gradients: list, values: list, slots: dict[str, list], shared: dict[str, Any]) -> None:
    """RMSprop, centered or not, with and without momentum."""
    rho = optimizer.rho
    spread = slots["velocity"]
    torch._foreach_mul_(spread, rho)
    torch._foreach_addcmul_(spread, gradients, gradients, 1 - rho)
    if optimizer.centered:
        mean = slots["average_gradient"]
        torch._foreach_mul_(mean, rho)
        torch._foreach_add_(mean, gradients, alpha=1 - rho)
        spread = torch._foreach_addcmul(spread, mean, mean, -1)
        torch._foreach_add_(spread, optimizer.epsilon)
    else:
        spread = torch._foreach_add(spread, optimizer.epsilon)
    torch._foreach_sqrt_(spread)
    step = torch._foreach_mul(gradients, shared["learning_rate"])
    torch._foreach_div_(step, spread)
    if optimizer.momentum > 0:
        velocity = slots["momentum"]
        torch._foreach_mul_(velocity, optimizer.momentum)
        torch._foreach_add_(velocity, step)
        step = velocity
    torch._foreach_sub_(values, step)


fused_updates = {"Adam": adam, "RMSprop": rmsprop, "SGD": sgd}
