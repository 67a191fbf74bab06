"""Ftrl: follow the regularized leader, which makes weights exactly zero."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.initializers import Constant
from multikeras.optimizers.optimizer import Optimizer


class Ftrl(Optimizer):
    """`w = (clip(z, -l1, l1) - z) / (2 l2 + (beta + n^p) / rate)`.

    `n` is the sum of squared gradients, `z` that of corrected ones: at each step `n' = n + g²` and
    `z <- z + g + 2 shrinkage w - (n'^p - n^p) / rate * w`, with `p = -learning_rate_power`.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        learning_rate_power: How the rate falls with `n`, at most 0; at 0 it does not.
        initial_accumulator_value: The first value of `n`, at least 0.
        l1_regularization_strength: The weight of the absolute values in the loss, at least 0.
        l2_regularization_strength: The weight of the squares in the loss, at least 0.
        l2_shrinkage_regularization_strength: The weight of squares that count in the gradient alone, at least 0.
        beta: What makes the first steps shorter.
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
        ArgumentError: A strength or the initial value is below, or `learning_rate_power` above zero.

    Source: McMahan et al. (2013), "Ad click prediction: a view from the trenches", KDD, algorithm 1.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Ftrl(0.1, l1_regularization_strength=30.0).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.0]

    ```
    """

    slot_groups = (("accumulator", "linear"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        for label, number in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if number < 0:
                raise ArgumentError(f"`{label}` is zero or above.", received=f"{label}={number}")
        if learning_rate_power > 0:
            raise ArgumentError(
                "`learning_rate_power` is zero or below.",
                received=f"learning_rate_power={learning_rate_power}",
                hint="learning_rate_power=-0.5",
            )
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def slot_initializer(self, name: str) -> Any:
        """What makes the first value of a slot."""
        return Constant(self.initial_accumulator_value) if name == "accumulator" else "zeros"

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        rate, power, sums = shared["learning_rate"], -self.learning_rate_power, slots["accumulator"]
        grown = ops.add(sums, ops.square(gradient))
        before, after = ops.power(sums, power), ops.power(grown, power)
        pulled = ops.add(gradient, ops.multiply(value, 2 * self.l2_shrinkage_regularization_strength))
        moved = ops.multiply(ops.divide(ops.subtract(after, before), rate), value)
        linear = ops.add(slots["linear"], ops.subtract(pulled, moved))
        stiffness = ops.add(ops.divide(ops.add(after, self.beta), rate), 2 * self.l2_regularization_strength)
        bound = self.l1_regularization_strength
        held = ops.subtract(ops.clip(linear, -bound, bound), linear)
        return ops.divide(held, stiffness), {"accumulator": grown, "linear": linear}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }
