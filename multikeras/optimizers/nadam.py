"""Nadam: Adam with Nesterov's momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multikeras import ops
from multikeras.backend.select import on_backend
from multikeras.optimizers.bias_correction import gathered
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.variable import Variable


class Nadam(Optimizer):
    """`m <- m + (1 - beta_1)(g - m)`, `v <- v + (1 - beta_2)(g² - v)`, `w <- w - rate * m' / (sqrt(v') + epsilon)`.

    With `u_t = beta_1 (1 - 0.96^t / 2)` and `U_t = u_1 u_2 ... u_t`, the mean looks one step ahead:
    `m' = u_(t+1) m / (1 - U_(t+1)) + (1 - u_t) g / (1 - U_t)`; and `v' = v / (1 - beta_2^t)`.

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

    Source: Dozat (2016), "Incorporating Nesterov momentum into Adam", ICLR workshop, algorithm 2 and section 4.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Nadam(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.894]

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

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the variables that training `variables` needs; the product of momenta is the last of them."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        with on_backend(self._backend):
            dtype = variables[0]._dtype if variables else "float32"
            self._product = self._track(Variable(1.0, dtype=dtype, trainable=False))

    def advance(self, step: Any) -> list[tuple[Variable, Any]]:
        """The product of the momenta so far."""
        product = self._product
        return [(product, ops.multiply(product.value, self._momentum_at(ops.cast(step, product._dtype))))]

    def _momentum_at(self, step: Any) -> Any:
        return ops.subtract(self.beta_1, ops.multiply(ops.power(0.96, step), 0.5 * self.beta_1))

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """The rate, the momenta of this step and the next, and what corrects the moments."""
        now, ahead = self._momentum_at(step), self._momentum_at(ops.add(step, 1))
        product = ops.cast(self._product.value, ops.dtype(step))
        return {
            "learning_rate": learning_rate,
            "mean": ops.divide(ahead, ops.subtract(1, ops.multiply(product, ahead))),
            "gradient": ops.divide(ops.subtract(1, now), ops.subtract(1, product)),
            "second": gathered(self.beta_2, step),
        }

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        m, v = slots["momentum"], slots["velocity"]
        m = ops.add(m, ops.multiply(ops.subtract(gradient, m), 1 - self.beta_1))
        v = ops.add(v, ops.multiply(ops.subtract(ops.square(gradient), v), 1 - self.beta_2))
        ahead = ops.add(ops.multiply(m, shared["mean"]), ops.multiply(gradient, shared["gradient"]))
        divisor = ops.add(ops.sqrt(ops.divide(v, shared["second"])), self.epsilon)
        step = ops.divide(ops.multiply(ahead, shared["learning_rate"]), divisor)
        return ops.subtract(value, step), {"momentum": m, "velocity": v}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
