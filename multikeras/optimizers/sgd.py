"""SGD: gradient descent, with momentum if asked for."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent: `w <- w - rate * g`.

    With momentum, `v <- momentum * v - rate * g` and `w <- w + v`; with Nesterov's, `w <- w + momentum * v - rate * g`.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        momentum: How much of the last step is taken again, in [0, 1].
        nesterov: Whether the gradient counts as if taken after the momentum's step.
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
        ArgumentError: `momentum` is out of range.

    Source: Sutskever et al. (2013), "On the importance of initialization and momentum in deep learning", ICML, eq. 1-4.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> SGD(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.8]

    ```
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        if isinstance(momentum, bool) or not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ArgumentError("`momentum` lies in [0, 1].", received=f"momentum={momentum!r}", hint="momentum=0.9")
        self.momentum = momentum
        self.nesterov = nesterov
        if momentum:
            self.slot_groups = (("momentum",),)

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        step = ops.multiply(gradient, shared["learning_rate"])
        if not self.momentum:
            return ops.subtract(value, step), {}
        velocity = ops.subtract(ops.multiply(slots["momentum"], self.momentum), step)
        if self.nesterov:
            moved = ops.add(value, ops.subtract(ops.multiply(velocity, self.momentum), step))
        else:
            moved = ops.add(value, velocity)
        return moved, {"momentum": velocity}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
