"""Adadelta: steps whose unit is that of the weights."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.optimizers.optimizer import Optimizer


class Adadelta(Optimizer):
    """`a <- rho a + (1 - rho) g²`, `u = g sqrt(d + epsilon) / sqrt(a + epsilon)`, `w <- w - rate u`.

    Then `d <- rho d + (1 - rho) u²`: the mean of squared steps is in the unit of the weights.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        rho: The weight of the past in both means of squares.
        epsilon: A small number under the roots.
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

    Source: Zeiler (2012), "Adadelta: an adaptive learning rate method", arXiv:1212.5701, algorithm 1.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Adadelta(1.0, epsilon=1.0).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [-0.826]

    ```
    """

    slot_groups = (("accumulated_grad", "accumulated_delta_var"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        rho, epsilon = self.rho, self.epsilon
        squares = ops.add(ops.multiply(slots["accumulated_grad"], rho), ops.multiply(ops.square(gradient), 1 - rho))
        past = slots["accumulated_delta_var"]
        ratio = ops.divide(ops.sqrt(ops.add(past, epsilon)), ops.sqrt(ops.add(squares, epsilon)))
        step = ops.multiply(ratio, gradient)
        steps = ops.add(ops.multiply(past, rho), ops.multiply(ops.square(step), 1 - rho))
        moved = ops.subtract(value, ops.multiply(step, shared["learning_rate"]))
        return moved, {"accumulated_grad": squares, "accumulated_delta_var": steps}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "epsilon": self.epsilon,
        }
