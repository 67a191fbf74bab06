"""Adafactor: Adam's scaling with memory for rows and columns alone."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.backend.select import on_backend
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.variable import Variable


class Adafactor(Optimizer):
    """`w <- w - a u / max(1, rms(u) / clip_threshold)`, with `u = g / sqrt(v)`.

    The size of a step is `a = max(epsilon_2, rms(w)) min(rate, 1 / sqrt(t))`. For tensors of two axes and more `v` is
    the product of the running means `r` of `g² + epsilon_1` over columns and `c` over rows, divided by the mean of `r`;
    for others it is their running mean itself. The means' weight of the past is `1 - t^beta_2_decay`.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        beta_2_decay: How fast the weight of the past in the means goes to 1.
        epsilon_1: A small number added to squared gradients.
        epsilon_2: The least size that a weight counts as.
        clip_threshold: The greatest root mean square of a step, in units of its scale.
        relative_step: Whether a rate that is a number is at most `1 / sqrt(t)`; so is the step in any case.
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

    Source: Shazeer, Stern (2018), "Adafactor: adaptive learning rates with sublinear memory cost", ICML,
    algorithms 4 and 5.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> Adafactor(0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.9]

    ```
    """

    slot_groups = (("row", "column", "velocity"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """A new variable to be kept beside a weight; what a vector does not need takes its place in Keras's files."""
        shape = variable.shape
        if name == "velocity":
            return super().make_slot(name, variable)
        if len(shape) < 2:
            with on_backend(self._backend):
                self._track(Variable(0, dtype="int32", trainable=False, name=variable.name))
            return None
        if variable.overwrite_with_gradient:
            return None
        kept = shape[:-1] if name == "row" else (*shape[:-2], shape[-1])
        return self.add_variable(kept, dtype=variable._dtype, name=variable.name)

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """The rate and the weight of the present in running means."""
        return {
            "rate": ops.minimum(learning_rate, ops.rsqrt(step)),
            "present": ops.power(step, self.beta_2_decay),
        }

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        present = shared["present"]
        square = ops.add(ops.square(gradient), self.epsilon_1)
        if "row" in slots:
            row = _towards(slots["row"], ops.mean(square, axis=-1), present)
            column = _towards(slots["column"], ops.mean(square, axis=-2), present)
            share = ops.divide(row, ops.mean(row, axis=-1, keepdims=True))
            velocity = ops.multiply(ops.expand_dims(share, -1), ops.expand_dims(column, -2))
            updated = {"row": row, "column": column, "velocity": velocity}
        else:
            velocity = _towards(slots["velocity"], square, present)
            updated = {"velocity": velocity}
        step = ops.divide(gradient, ops.sqrt(velocity))
        step = ops.divide(step, ops.maximum(ops.divide(_rms(step), self.clip_threshold), 1))
        size = ops.multiply(ops.maximum(_rms(value), self.epsilon_2), shared["rate"])
        return ops.subtract(value, ops.multiply(step, size)), updated

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }


def _rms(x: Any) -> Any:
    return ops.sqrt(ops.mean(ops.square(x)))


def _towards(mean: Any, value: Any, present: Any) -> Any:
    return ops.add(mean, ops.multiply(ops.subtract(value, mean), present))
