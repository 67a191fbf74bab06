"""Lamb: Adam whose step for each tensor is as long as the tensor, times the rate."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.optimizers.bias_correction import gathered
from multikeras.optimizers.optimizer import Optimizer


class Lamb(Optimizer):
    """`w <- w - rate * |w| / |u| * u`, with the step `u = m' / (sqrt(v') + epsilon)` of Adam, corrected for its start.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        beta_1: The weight of the past in the mean of gradients.
        beta_2: The weight of the past in the mean of their squares.
        epsilon: A small number in the denominator.
        weight_decay: See `Optimizer`.
        clipnorm: See `Optimizer`.
        clipvalue: See `Optimizer`.
        global_clipnorm: See `Optimizer`.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        loss_scale_factor: See `Optimizer`.
        gradient_accumulation_steps: See `Optimizer`.
        name: Its name, made up by default.

    Source: You et al. (2020), "Large batch optimization for deep learning: training BERT in 76 minutes", ICLR,
    algorithm 2. The norms are L2, of whole tensors; where one is zero, their ratio counts as 1.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Lamb(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    slot_groups = (("momentum", "velocity"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """The rate and what corrects the moments."""
        return {
            "learning_rate": learning_rate,
            "first": gathered(self.beta_1, step),
            "second": gathered(self.beta_2, step),
        }

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        m, v = slots["momentum"], slots["velocity"]
        m = ops.add(m, ops.multiply(ops.subtract(gradient, m), 1 - self.beta_1))
        v = ops.add(v, ops.multiply(ops.subtract(ops.square(gradient), v), 1 - self.beta_2))
        divisor = ops.add(ops.sqrt(ops.divide(v, shared["second"])), self.epsilon)
        step = ops.divide(ops.divide(m, shared["first"]), divisor)
        size, length = _norm(value), _norm(step)
        one = ops.ones_like(size)
        known = ops.logical_and(ops.greater(size, 0), ops.greater(length, 0))
        ratio = ops.where(known, ops.divide(size, ops.where(known, length, one)), one)
        moved = ops.subtract(value, ops.multiply(step, ops.multiply(ratio, shared["learning_rate"])))
        return moved, {"momentum": m, "velocity": v}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


def _norm(x: Any) -> Any:
    return ops.sqrt(ops.sum(ops.square(x)))
