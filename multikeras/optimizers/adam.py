"""Adam: steps scaled by running moments of the gradient."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.optimizers.bias_correction import gathered
from multikeras.optimizers.optimizer import Optimizer


class Adam(Optimizer):
    """`m <- m + (1 - beta_1)(g - m)`, `v <- v + (1 - beta_2)(g² - v)`, `w <- w - a m / (sqrt(v) + epsilon)`.

    The rate `a = rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)` corrects for the moments' start at zero.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        beta_1: The weight of the past in the mean of gradients.
        beta_2: The weight of the past in the mean of their squares.
        epsilon: A small number in the denominator.
        amsgrad: Whether the greatest `v` so far is used.
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

    Source: Kingma, Ba (2015), "Adam: a method for stochastic optimization", ICLR, end of section 2; Reddi, Kale,
    Kumar (2018), "On the convergence of Adam and beyond", ICLR, algorithm 2.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Adam(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.amsgrad = amsgrad
        self.slot_groups = (("momentum", "velocity"), *((("velocity_hat",),) if amsgrad else ()))

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """The corrected rate."""
        first, second = gathered(self.beta_1, step), gathered(self.beta_2, step)
        return {"rate": ops.divide(ops.multiply(learning_rate, ops.sqrt(second)), first)}

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        m, v = slots["momentum"], slots["velocity"]
        m = ops.add(m, ops.multiply(ops.subtract(gradient, m), 1 - self.beta_1))
        v = ops.add(v, ops.multiply(ops.subtract(ops.square(gradient), v), 1 - self.beta_2))
        updated = {"momentum": m, "velocity": v}
        if self.amsgrad:
            v = updated["velocity_hat"] = ops.maximum(slots["velocity_hat"], v)
        step = ops.divide(ops.multiply(m, shared["rate"]), ops.add(ops.sqrt(v), self.epsilon))
        return ops.subtract(value, step), updated

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
