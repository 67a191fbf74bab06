"""ScheduleFreeAdamW: Adam without momentum at a blend of the newest point and a mean of all."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.backend.select import on_backend
from multikeras.optimizers.bias_correction import gathered
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.variable import Variable


class ScheduleFreeAdamW(Optimizer):
    """`z <- z - rate g / (sqrt(v') + epsilon)`, `x <- (1 - 1/t) x + z / t`, `w = (1 - beta_1) z + beta_1 x`.

    No schedule that ends at a known step is needed: the mean `x` takes its place. The slot `momentum` holds `z`; `x` is
    found again from `w` and `z`. `v' = v / (1 - beta_2^t)` is Adam's mean of squares.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        beta_1: The weight of the mean of points in the weights, in (0, 1].
        beta_2: The weight of the past in the mean of their squares.
        epsilon: A small number in the denominator.
        warmup_steps: Over so many steps the rate grows from zero in a line.
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

    Source: Defazio et al. (2024), "The road less scheduled", NeurIPS, algorithm 1.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> ScheduleFreeAdamW(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    slot_groups = (("momentum", "velocity"),)

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
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
        self.warmup_steps = warmup_steps

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """A new variable to be kept beside a weight; the newest point is where the weight is."""
        slot = super().make_slot(name, variable)
        if slot is not None and name == "momentum":
            with on_backend(self._backend):
                slot.assign(variable.value)
        return slot

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """The rate, the newest point's share in the mean, and what corrects the mean of squares."""
        if self.warmup_steps > 0:
            learning_rate = ops.multiply(learning_rate, ops.minimum(ops.divide(step, self.warmup_steps), 1))
        return {
            "learning_rate": learning_rate,
            "share": ops.divide(1, step),
            "second": gathered(self.beta_2, step),
        }

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        beta, share = self.beta_1, shared["share"]
        z, v = slots["momentum"], slots["velocity"]
        v = ops.add(v, ops.multiply(ops.subtract(ops.square(gradient), v), 1 - self.beta_2))
        divisor = ops.add(ops.sqrt(ops.divide(v, shared["second"])), self.epsilon)
        mean = ops.divide(ops.subtract(value, ops.multiply(z, 1 - beta)), beta)
        z = ops.subtract(z, ops.divide(ops.multiply(gradient, shared["learning_rate"]), divisor))
        mean = ops.add(mean, ops.multiply(ops.subtract(z, mean), share))
        return ops.add(ops.multiply(z, 1 - beta), ops.multiply(mean, beta)), {"momentum": z, "velocity": v}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "warmup_steps": self.warmup_steps,
        }
