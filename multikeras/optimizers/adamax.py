"""Adamax: Adam with the greatest gradient in the place of the root of squares."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.optimizers.bias_correction import gathered
from multikeras.optimizers.optimizer import Optimizer


class Adamax(Optimizer):
    """`m <- m + (1 - beta_1)(g - m)`, `u <- max(beta_2 u, |g|)`, `w <- w - rate / (1 - beta_1^t) * m / (u + epsilon)`.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        beta_1: The weight of the past in the mean of gradients.
        beta_2: How slowly the greatest gradient is forgotten.
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

    Source: Kingma, Ba (2015), "Adam: a method for stochastic optimization", ICLR, algorithm 2.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Adamax(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    slot_groups = (("momentum", "norm"),)

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
        """The corrected rate."""
        return {"rate": ops.divide(learning_rate, gathered(self.beta_1, step))}

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        mean = slots["momentum"]
        mean = ops.add(mean, ops.multiply(ops.subtract(gradient, mean), 1 - self.beta_1))
        norm = ops.maximum(ops.multiply(slots["norm"], self.beta_2), ops.abs(gradient))
        step = ops.divide(ops.multiply(mean, shared["rate"]), ops.add(norm, self.epsilon))
        return ops.subtract(value, step), {"momentum": mean, "norm": norm}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
