"""Steps by torch's kernels for lists of tensors."""

from __future__ import annotations

from typing import Any

from multikeras_torch.optimizers.step_of_all import kernels, numbers, step_of_all


@step_of_all
def adadelta(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Adadelta."""
    rho, epsilon = optimizer.rho, optimizer.epsilon
    squares, steps = slots["accumulated_grad"], slots["accumulated_delta_var"]
    kernels._foreach_mul_(squares, rho)
    kernels._foreach_addcmul_(squares, gradients, gradients, 1 - rho)
    step = kernels._foreach_add(steps, epsilon)
    kernels._foreach_div_(step, kernels._foreach_add(squares, epsilon))
    kernels._foreach_sqrt_(step)
    kernels._foreach_mul_(step, gradients)
    kernels._foreach_mul_(steps, rho)
    kernels._foreach_addcmul_(steps, step, step, 1 - rho)
    _subtract(values, step, rate)


@step_of_all
def adagrad(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Adagrad."""
    squares = slots["accumulator"]
    kernels._foreach_addcmul_(squares, gradients, gradients)
    divisor = kernels._foreach_add(squares, optimizer.epsilon)
    kernels._foreach_sqrt_(divisor)
    kernels._foreach_div_(divisor, rate)
    kernels._foreach_addcdiv_(values, gradients, divisor, -1)


@step_of_all
def adamax(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Adamax."""
    corrected = numbers(optimizer, rate, number, values[0].dtype, values[0].device)["rate"]
    mean, norm = slots["momentum"], slots["norm"]
    kernels._foreach_lerp_(mean, gradients, 1 - optimizer.beta_1)
    kernels._foreach_mul_(norm, optimizer.beta_2)
    kernels._foreach_maximum_(norm, kernels._foreach_abs(gradients))
    divisor = kernels._foreach_add(norm, optimizer.epsilon)
    kernels._foreach_div_(divisor, corrected)
    kernels._foreach_addcdiv_(values, mean, divisor, -1)


@step_of_all
def nadam(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Nadam."""
    shared = numbers(optimizer, rate, number, values[0].dtype, values[0].device)
    mean, spread = slots["momentum"], slots["velocity"]
    kernels._foreach_lerp_(mean, gradients, 1 - optimizer.beta_1)
    kernels._foreach_mul_(spread, optimizer.beta_2)
    kernels._foreach_addcmul_(spread, gradients, gradients, 1 - optimizer.beta_2)
    divisor = kernels._foreach_div(spread, shared["second"])
    kernels._foreach_sqrt_(divisor)
    kernels._foreach_add_(divisor, optimizer.epsilon)
    kernels._foreach_div_(divisor, rate)
    ahead = kernels._foreach_mul(mean, shared["mean"])
    kernels._foreach_add_(ahead, kernels._foreach_mul(gradients, shared["gradient"]))
    kernels._foreach_addcdiv_(values, ahead, divisor, -1)


@step_of_all
def lamb(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Lamb."""
    shared = numbers(optimizer, rate, number, values[0].dtype, values[0].device)
    mean, spread = slots["momentum"], slots["velocity"]
    kernels._foreach_lerp_(mean, gradients, 1 - optimizer.beta_1)
    kernels._foreach_mul_(spread, optimizer.beta_2)
    kernels._foreach_addcmul_(spread, gradients, gradients, 1 - optimizer.beta_2)
    divisor = kernels._foreach_div(spread, shared["second"])
    kernels._foreach_sqrt_(divisor)
    kernels._foreach_add_(divisor, optimizer.epsilon)
    step = kernels._foreach_div(mean, divisor)
    kernels._foreach_div_(step, shared["first"])
    sizes, lengths = kernels._foreach_norm(values), kernels._foreach_norm(step)
    ratios = [
        kernels.where((size > 0) & (length > 0), size / length, 1.0)
        for size, length in zip(sizes, lengths, strict=True)
    ]
    kernels._foreach_mul_(step, ratios)
    _subtract(values, step, rate)


@step_of_all
def lion(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Lion."""
    mean = slots["momentum"]
    step = kernels._foreach_mul(mean, optimizer.beta_1)
    kernels._foreach_add_(step, gradients, alpha=1 - optimizer.beta_1)
    kernels._foreach_sign_(step)
    _subtract(values, step, rate)
    kernels._foreach_mul_(mean, optimizer.beta_2)
    kernels._foreach_add_(mean, gradients, alpha=1 - optimizer.beta_2)


@step_of_all
def ftrl(optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any) -> None:
    """Ftrl."""
    sums, linear, power = slots["accumulator"], slots["linear"], -optimizer.learning_rate_power
    before = kernels._foreach_pow(sums, power)
    kernels._foreach_addcmul_(sums, gradients, gradients)
    stiffness = kernels._foreach_pow(sums, power)
    moved = kernels._foreach_sub(stiffness, before)
    kernels._foreach_div_(moved, rate)
    kernels._foreach_mul_(moved, values)
    kernels._foreach_add_(linear, gradients)
    if optimizer.l2_shrinkage_regularization_strength:
        kernels._foreach_add_(linear, values, alpha=2 * optimizer.l2_shrinkage_regularization_strength)
    kernels._foreach_sub_(linear, moved)
    if optimizer.beta:
        kernels._foreach_add_(stiffness, optimizer.beta)
    kernels._foreach_div_(stiffness, rate)
    if optimizer.l2_regularization_strength:
        kernels._foreach_add_(stiffness, 2 * optimizer.l2_regularization_strength)
    bound = optimizer.l1_regularization_strength
    held = kernels._foreach_clamp_max(linear, bound)
    kernels._foreach_clamp_min_(held, -bound)
    kernels._foreach_sub_(held, linear)
    kernels._foreach_div_(held, stiffness)
    kernels._foreach_copy_(values, held)


@step_of_all
def schedule_free(
    optimizer: Any, gradients: list, values: list, slots: dict[str, list], rate: Any, number: Any
) -> None:
    """ScheduleFreeAdamW."""
    shared = numbers(optimizer, rate, number, values[0].dtype, values[0].device)
    beta, newest, spread = optimizer.beta_1, slots["momentum"], slots["velocity"]
    kernels._foreach_mul_(spread, optimizer.beta_2)
    kernels._foreach_addcmul_(spread, gradients, gradients, 1 - optimizer.beta_2)
    divisor = kernels._foreach_div(spread, shared["second"])
    kernels._foreach_sqrt_(divisor)
    kernels._foreach_add_(divisor, optimizer.epsilon)
    kernels._foreach_div_(divisor, shared["learning_rate"])
    # What is left of the values, times beta, is the mean of the points so far.
    kernels._foreach_add_(values, newest, alpha=beta - 1)
    kernels._foreach_div_(values, beta)
    kernels._foreach_addcdiv_(newest, gradients, divisor, -1)
    step = kernels._foreach_sub(newest, values)
    kernels._foreach_mul_(step, shared["share"])
    kernels._foreach_add_(values, step)
    kernels._foreach_lerp_(values, newest, 1 - beta)


def _subtract(values: list, step: list, rate: Any) -> None:
    kernels._foreach_mul_(step, rate)
    kernels._foreach_sub_(values, step)
