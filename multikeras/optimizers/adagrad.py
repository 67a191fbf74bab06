"""Adagrad: steps scaled by the sum of squared gradients."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.initializers import Constant
from multikeras.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """`a <- a + g²`, `w <- w - rate * g / sqrt(a + epsilon)`.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        initial_accumulator_value: The first value of `a`.
        epsilon: A small number under the root.
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

    Source: Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for online learning and stochastic optimization",
    JMLR 12, eq. 1, by the diagonal.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Adagrad(0.1, initial_accumulator_value=0.0).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    slot_groups = (("accumulator",),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
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
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def slot_initializer(self, name: str) -> Any:
        """What makes the first value of a slot."""
        return Constant(self.initial_accumulator_value)

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        squares = ops.add(slots["accumulator"], ops.square(gradient))
        step = ops.divide(ops.multiply(gradient, shared["learning_rate"]), ops.sqrt(ops.add(squares, self.epsilon)))
        return ops.subtract(value, step), {"accumulator": squares}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }
