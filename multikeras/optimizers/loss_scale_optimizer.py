"""LossScaleOptimizer: another optimizer, on gradients that float16 can hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multikeras import ops
from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError
from multikeras.initializers import Constant
from multikeras.optimizers.base.rows import given_variables
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.variable import Variable

# Arguments that configurations of old files have, with the values that mean nothing.
_UNUSED: dict[str, Any] = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class LossScaleOptimizer(Optimizer):
    """The loss is multiplied by a scale before, and gradients are divided by it after differentiation.

    Small gradients, which would be zero in float16, are kept in this way. Where a gradient is infinite or nan at last,
    nothing but the scale changes, and that is halved; after `dynamic_growth_steps` steps without such a gradient it is
    doubled. The host never waits to learn which: both outcomes are computed.

    `compile` wraps the optimizers of models with the policy "mixed_float16" in one, unless `auto_scale_loss` is false.

    Args:
        inner_optimizer: The optimizer that makes the steps.
        initial_scale: The first scale.
        dynamic_growth_steps: After so many finite steps the scale is doubled.
        name: Its name, made up by default.

    Raises:
        ArgumentError: An argument belongs to the inner optimizer, or `dynamic` is false.

    Source: Micikevicius et al. (2018), "Mixed precision training", ICLR, section 3.2.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> optimizer = LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=8.0)
    >>> optimizer.apply([keras.ops.array([8.0])], [w])
    >>> optimizer.apply([keras.ops.array([float("inf")])], [w])
    >>> float(w[0]), float(optimizer.dynamic_scale), int(optimizer.iterations)
    (0.5, 4.0, 1)

    ```
    """

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if not kwargs.pop("dynamic", True):
            raise ArgumentError(
                "The scale of a LossScaleOptimizer changes.",
                received="dynamic=False",
                hint="loss_scale_factor=1024.0 in the optimizer itself",
            )
        for label, value in kwargs.items():
            if label not in _UNUSED or value != _UNUSED[label]:
                raise ArgumentError(
                    "LossScaleOptimizer has no arguments but its own.",
                    received=f"{label}={value!r}",
                    hint="the arguments of inner_optimizer",
                )
        if not isinstance(inner_optimizer, Optimizer) or isinstance(inner_optimizer, LossScaleOptimizer):
            raise ArgumentError("The inner optimizer is one that scales no loss.", received=repr(inner_optimizer))
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        inner_optimizer.loss_scale_factor = None

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the scale, and the variables that the inner optimizer needs."""
        if self.built:
            return
        variables = list(variables)
        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable((), Constant(self.initial_scale), dtype="float32", name="dynamic_scale")
        self.inner_optimizer.build(variables)
        super().build(variables)

    @property
    def variables(self) -> list[Variable]:
        """Its variables, then those of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        """How many steps were made; those with a gradient that is not finite are none."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Spare variables from the inner optimizer's weight decay."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the scale."""
        return ops.multiply(loss, self.dynamic_scale.value if self.built else self.initial_scale)

    def check_finite(self, grads: Sequence[Any]) -> Any:
        """Whether no gradient has an entry that is infinite or nan, as a scalar tensor."""
        return ops.all(ops.stack([ops.all(ops.isfinite(g)) for g in grads if g is not None]))

    def _apply_where(self, due: Any, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        grads = list(grads)
        if not grads:
            return
        variables = given_variables(self, grads, trainable_variables)
        if all(g is None for g in grads):
            raise ArgumentError("At least one variable has a gradient.", received="None for every variable")
        with on_backend(self._backend):
            scale = self.dynamic_scale.value
            unscaled, finite = self._unscaled(grads, variables, scale)
            if due is not None:
                finite = ops.logical_and(finite, due)
            self._step_inner(finite, unscaled, variables)
            count = ops.add(self.step_counter.value, 1)
            full = ops.greater_equal(count, self.dynamic_growth_steps)
            grown = ops.where(full, ops.multiply(scale, 2.0), scale)
            self.dynamic_scale.assign(ops.where(finite, grown, ops.multiply(scale, 0.5)))
            goes_on = ops.logical_and(finite, ops.logical_not(full))
            self.step_counter.assign(ops.where(goes_on, count, ops.zeros_like(count)))

    def _unscaled(self, grads: list[Any], variables: list[Variable], scale: Any) -> tuple[list[Any], Any]:
        """The gradients of the loss itself, and whether all of them are finite."""
        many = self._backend.many
        types = self._backend.tensors.types
        spared = [v.overwrite_with_gradient for v in variables]
        if many is None or any(spared) or not all(g is None or isinstance(g, types) for g in grads):
            divided = [g if g is None or own else ops.divide(g, scale) for g, own in zip(grads, spared, strict=True)]
            return divided, self.check_finite(grads)
        divided, finite = many.unscaled([g for g in grads if g is not None], scale)
        given = iter(divided)
        return [None if g is None else next(given) for g in grads], finite

    def _step_inner(self, finite: Any, grads: list[Any], variables: list[Variable]) -> None:
        inner = self.inner_optimizer
        if type(inner).apply is Optimizer.apply:
            inner._apply_where(finite, grads, variables)
        else:
            self._guarded(lambda: inner.apply(grads, variables), [*variables, *inner.variables], finite)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """After training: replace weights by their averages, where the inner optimizer keeps them."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        from multikeras.saving.serialization import serialize_keras_object

        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        config = dict(config)
        inner = deserialize_keras_object(config.pop("inner_optimizer"), custom_objects=custom_objects)
        return cls(inner, **config)
