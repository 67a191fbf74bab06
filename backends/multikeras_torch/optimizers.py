"""Steps of optimizers for all variables at once, in place, by torch's kernels for lists of tensors.

Each function takes the optimizer, gradients, values, slots by name, pairs of a value and its weight decay, the learning
rate and the number of steps made before.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch

from multikeras.errors import ShapeError

# Torch exports these, but under private names.
_kernels: Any = torch

_FUSED_DEVICES = frozenset({"cpu", "cuda"})
_endless: dict[torch.device, torch.Tensor] = {}


def _step(update: Callable[..., None]) -> Callable[..., None]:
    """What all steps begin with: gradients that fit their variables, numbers in the place of scalars that the host has
    anyway, and weight decay."""

    @functools.wraps(update)
    @torch.no_grad()
    def step(
        optimizer: Any, gradients: list, values: list, slots: dict[str, list], decayed: list, rate: Any, iterations: Any
    ) -> None:
        gradients = [_fitting(g, v) for g, v in zip(gradients, values, strict=True)]
        if torch.compiler.is_compiling() or values[0].device.type != "cpu":
            number = iterations.to(torch.float32) + 1
        else:
            number = iterations.item() + 1
            rate = rate.item() if isinstance(rate, torch.Tensor) else float(rate)
        for decay in {decay for _, decay in decayed}:
            _kernels._foreach_mul_([v for v, d in decayed if d == decay], 1 - rate * decay)
        update(optimizer, gradients, values, slots, rate, number)

    return step


def _fitting(gradient: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    if gradient.shape != value.shape:
        raise ShapeError(
            "A gradient has the shape of its variable.", received=f"{tuple(gradient.shape)} for {tuple(value.shape)}"
        )
    return gradient if gradient.dtype is value.dtype else gradient.to(value.dtype)


def _flat(gradients: list, values: list) -> bool:
    """Whether fused kernels, which go through memory as it lies, take the right entries together."""
    return (
        not torch.compiler.is_compiling()
        and values[0].device.type in _FUSED_DEVICES
        and values[0].is_floating_point()
        and all(g.is_contiguous() and v.is_contiguous() for g, v in zip(gradients, values, strict=True))
    )


def _gathered(beta: float, number: Any) -> Any:
    """`1 - beta^number`, for a number or a tensor."""
    if beta <= 0:
        return 1.0
    exponent = number * math.log(beta)
    return -torch.expm1(exponent) if isinstance(exponent, torch.Tensor) else -math.expm1(exponent)


@_step
def adam(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Adam and AdamW."""
    first, second = optimizer.beta_1, optimizer.beta_2
    mean, spread = slots["momentum"], slots["velocity"]
    corrected = rate * _gathered(second, number) ** 0.5 / _gathered(first, number)
    if _flat(gradients, values):
        device = values[0].device
        endless = _endless.get(device)
        if endless is None:
            endless = _endless[device] = torch.full((), float("inf"), device=device)
        # The kernel corrects for the start by itself, but adds epsilon after that. After infinitely many steps it has
        # nothing to correct.
        _kernels._fused_adam_(
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
        )
        return
    _kernels._foreach_lerp_(mean, gradients, 1 - first)
    _kernels._foreach_mul_(spread, second)
    _kernels._foreach_addcmul_(spread, gradients, gradients, 1 - second)
    if optimizer.amsgrad:
        _kernels._foreach_maximum_(slots["velocity_hat"], spread)
        spread = slots["velocity_hat"]
    divisor = _kernels._foreach_sqrt(spread)
    _kernels._foreach_add_(divisor, optimizer.epsilon)
    _kernels._foreach_div_(divisor, corrected)
    _kernels._foreach_addcdiv_(values, mean, divisor, -1)


@_step
def sgd(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Gradient descent with and without momentum."""
    momentum = optimizer.momentum
    options = {"weight_decay": 0.0, "nesterov": False, "maximize": False, "is_first_step": False}
    if not momentum and _flat(gradients, values):
        _kernels._fused_sgd_(values, gradients, [], momentum=0.0, lr=rate, dampening=0.0, **options)
        return
    if momentum and not optimizer.nesterov and isinstance(rate, float) and _flat(gradients, values):
        # The kernel's momentum has no rate in it; that of ours is let in by way of the dampening.
        _kernels._fused_sgd_(
            values, gradients, slots["momentum"], momentum=momentum, lr=-1.0, dampening=1.0 + rate, **options
        )
        return
    step = _kernels._foreach_mul(gradients, rate)
    if momentum:
        velocity = slots["momentum"]
        _kernels._foreach_mul_(velocity, momentum)
        _kernels._foreach_sub_(velocity, step)
        if optimizer.nesterov:
            _kernels._foreach_add_(values, velocity, alpha=momentum)
        else:
            _kernels._foreach_add_(values, velocity)
            return
    _kernels._foreach_sub_(values, step)


@_step
def rmsprop(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
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
    if optimizer.momentum > 0:
        step = _kernels._foreach_mul(gradients, rate)
        _kernels._foreach_div_(step, spread)
        velocity = slots["momentum"]
        _kernels._foreach_mul_(velocity, optimizer.momentum)
        _kernels._foreach_add_(velocity, step)
        _kernels._foreach_sub_(values, velocity)
        return
    _kernels._foreach_div_(spread, rate)
    _kernels._foreach_addcdiv_(values, gradients, spread, -1)


fused_updates = {"Adam": adam, "RMSprop": rmsprop, "SGD": sgd}
