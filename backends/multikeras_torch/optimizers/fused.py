"""Steps by torch's fused kernels, or else by those for lists of tensors."""

from __future__ import annotations

from typing import Any

import torch

from multikeras_torch.optimizers.step_of_all import chosen, copied, flat, gathered, kernels, step_of_all

_endless: dict[torch.device, torch.Tensor] = {}


@step_of_all
def adam(
    optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any, due: Any
) -> None:
    """Adam and AdamW."""
    first, second = optimizer.beta_1, optimizer.beta_2
    mean, spread = slots["momentum"], slots["velocity"]
    corrected = rate * gathered(second, number) ** 0.5 / gathered(first, number)
    if flat(values):
        device = values[0].device
        endless = _endless.get(device)
        if endless is None:
            endless = _endless[device] = torch.full((), float("inf"), device=device)
        # The kernel corrects for the start by itself, but adds epsilon after that. After infinitely many steps it has
        # nothing to correct.
        kernels._fused_adam_(
            values,
            gradients,
            mean,
            spread,
            slots.get("velocity_hat", []),
            [endless] * len(values),
            lr=corrected,
            beta1=first,
            beta2=second,
            weight_decay=0.0,
            eps=optimizer.epsilon,
            amsgrad=optimizer.amsgrad,
            maximize=False,
            # Where something was found, nothing is changed.
            found_inf=None if due is None else (~due).to(torch.float32),
        )
        return
    touched = [*values, *mean, *spread, *slots.get("velocity_hat", ())]
    before = None if due is None else copied(touched)
    kernels._foreach_lerp_(mean, gradients, 1 - first)
    kernels._foreach_mul_(spread, second)
    kernels._foreach_addcmul_(spread, gradients, gradients, 1 - second)
    if optimizer.amsgrad:
        kernels._foreach_maximum_(slots["velocity_hat"], spread)
        spread = slots["velocity_hat"]
    divisor = kernels._foreach_sqrt(spread)
    kernels._foreach_add_(divisor, optimizer.epsilon)
    kernels._foreach_div_(divisor, corrected)
    kernels._foreach_addcdiv_(values, mean, divisor, -1)
    if before is not None and due is not None:
        chosen(due, touched, before)


@step_of_all
def sgd(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Gradient descent with and without momentum."""
    momentum = optimizer.momentum
    options = {"weight_decay": 0.0, "nesterov": False, "maximize": False, "is_first_step": False}
    if not momentum and flat(values):
        kernels._fused_sgd_(values, gradients, [], momentum=0.0, lr=rate, dampening=0.0, **options)
        return
    if momentum and not optimizer.nesterov and isinstance(rate, float) and flat(values):
        # The kernel's momentum has no rate in it; that of ours is let in by way of the dampening.
        kernels._fused_sgd_(
            values, gradients, slots["momentum"], momentum=momentum, lr=-1.0, dampening=1.0 + rate, **options
        )
        return
    step = kernels._foreach_mul(gradients, rate)
    if momentum:
        velocity = slots["momentum"]
        kernels._foreach_mul_(velocity, momentum)
        kernels._foreach_sub_(velocity, step)
        if optimizer.nesterov:
            kernels._foreach_add_(values, velocity, alpha=momentum)
        else:
            kernels._foreach_add_(values, velocity)
            return
    kernels._foreach_sub_(values, step)


@step_of_all
def rmsprop(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """RMSprop, centered or not, with and without momentum."""
    rho = optimizer.rho
    spread = slots["velocity"]
    kernels._foreach_mul_(spread, rho)
    kernels._foreach_addcmul_(spread, gradients, gradients, 1 - rho)
    if optimizer.centered:
        mean = slots["average_gradient"]
        kernels._foreach_mul_(mean, rho)
        kernels._foreach_add_(mean, gradients, alpha=1 - rho)
        spread = kernels._foreach_addcmul(spread, mean, mean, -1)
        kernels._foreach_add_(spread, optimizer.epsilon)
    else:
        spread = kernels._foreach_add(spread, optimizer.epsilon)
    kernels._foreach_sqrt_(spread)
    if optimizer.momentum > 0:
        step = kernels._foreach_mul(gradients, rate)
        kernels._foreach_div_(step, spread)
        velocity = slots["momentum"]
        kernels._foreach_mul_(velocity, optimizer.momentum)
        kernels._foreach_add_(velocity, step)
        kernels._foreach_sub_(values, velocity)
        return
    kernels._foreach_div_(spread, rate)
    kernels._foreach_addcdiv_(values, gradients, spread, -1)
