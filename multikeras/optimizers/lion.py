"""Lion: steps of one length, by the sign of a running mean."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.optimizers.optimizer import Optimizer


class Lion(Optimizer):
    """`w <- w - rate * sign(beta_1 m + (1 - beta_1) g)`, `m <- beta_2 m + (1 - beta_2) g`.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        beta_1: The weight of the mean in the sign, in (0, 1].
        beta_2: The weight of the past in the mean of gradients.
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

    Raises:
        ArgumentError: `beta_1` is out of range.

    Source: Chen et al. (2023), "Symbolic discovery of optimization algorithms", NeurIPS, program 1.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Lion(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    slot_groups = (("momentum",),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
        if not 0 < beta_1 <= 1:
            raise ArgumentError("`beta_1` lies in (0, 1].", received=f"beta_1={beta_1}", hint="beta_1=0.9")
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        mean = slots["momentum"]
        blend = ops.add(ops.multiply(mean, self.beta_1), ops.multiply(gradient, 1 - self.beta_1))
        moved = ops.subtract(value, ops.multiply(ops.sign(blend), shared["learning_rate"]))
        mean = ops.add(ops.multiply(mean, self.beta_2), ops.multiply(gradient, 1 - self.beta_2))
        return moved, {"momentum": mean}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
        }
