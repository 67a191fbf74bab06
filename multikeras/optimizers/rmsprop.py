"""RMSprop: steps scaled by a running mean of squared gradients."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """`v <- rho v + (1 - rho) g²`, `w <- w - rate * g / sqrt(v + epsilon)`.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        rho: The weight of the past in the mean of squares.
        momentum: How much of the last step is taken again.
        epsilon: A small number under the root.
        centered: Whether the square of the mean gradient is subtracted from `v`, so that it is a variance.
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

    Source: Tieleman, Hinton (2012), "Neural networks for machine learning", lecture 6.5; Graves (2013), "Generating
    sequences with recurrent neural networks", arXiv:1308.0850, eq. 38-45, for the centered form.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> RMSprop(0.1, rho=0.0).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered
        optional = (("momentum", momentum > 0), ("average_gradient", centered))
        self.slot_groups = (("velocity",), *((slot,) for slot, wanted in optional if wanted))

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        rho = self.rho
        velocity = ops.add(ops.multiply(slots["velocity"], rho), ops.multiply(ops.square(gradient), 1 - rho))
        updated = {"velocity": velocity}
        spread = velocity
        if self.centered:
            mean = ops.add(ops.multiply(slots["average_gradient"], rho), ops.multiply(gradient, 1 - rho))
            updated["average_gradient"] = mean
            spread = ops.subtract(velocity, ops.square(mean))
        step = ops.multiply(gradient, shared["learning_rate"])
        step = ops.divide(step, ops.sqrt(ops.add(spread, self.epsilon)))
        if self.momentum > 0:
            step = updated["momentum"] = ops.add(ops.multiply(slots["momentum"], self.momentum), step)
        return ops.subtract(value, step), updated

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
