"""MultiOptimizer: several optimizers as one, each with variables of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, StateError
from multikeras.optimizers.base.rows import given_variables
from multikeras.optimizers.optimizer import Optimizer
from multikeras.optimizers.optimizer_map import single
from multikeras.state.variable import Variable


class MultiOptimizer(Optimizer):
    """Several optimizers as one, each of which moves variables of its own.

    Args:
        optimizer_map: An `OptimizerMap`, or another function that returns the optimizer of a variable. One that cannot
            be written down as a configuration keeps the model from being loaded with its optimizer.
        loss_scale_factor: The loss is multiplied by it before, and the gradients divided by it after differentiation.
        name: Its name, made up by default.

    Raises:
        ArgumentError: A variable's optimizer is none, or has others inside.

    ```python
    >>> import multikeras as keras
    >>> kernel, bias = keras.Variable([1.0], name="kernel"), keras.Variable([1.0], name="bias")
    >>> apart = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.5), {"bias": keras.optimizers.SGD(0.25)})
    >>> MultiOptimizer(apart).apply([keras.ops.array([1.0]), keras.ops.array([1.0])], [kernel, bias])
    >>> float(kernel[0]), float(bias[0])
    (0.5, 0.75)

    ```
    """

    def __init__(self, optimizer_map: Any, loss_scale_factor: float | None = None, name: str | None = None) -> None:
        if not callable(optimizer_map):
            raise ArgumentError("The optimizer of a variable is told by a function.", received=repr(optimizer_map))
        self._inner_optimizers: list[Any] = []
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        values = getattr(optimizer_map, "values", None)
        for optimizer in [*(values() if values else ()), getattr(optimizer_map, "default_optimizer", None)]:
            if optimizer is not None:
                self._number_of(optimizer)

    def _number_of(self, optimizer: Any) -> int:
        for number, known in enumerate(self._inner_optimizers):
            if known is optimizer:
                return number
        single(optimizer).loss_scale_factor = self.loss_scale_factor
        self._inner_optimizers.append(optimizer)
        return len(self._inner_optimizers) - 1

    @property
    def optimizers(self) -> list[Any]:
        """The optimizers."""
        return self._inner_optimizers

    @property
    def loss_scale_factor(self) -> float | None:
        """What the loss is multiplied by before differentiation."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value: float | None) -> None:
        self._loss_scale_factor = value
        for optimizer in self._inner_optimizers:
            optimizer.loss_scale_factor = value

    @property
    def variables(self) -> list[Variable]:
        """Its variables, then those of each optimizer."""
        return [*self._variables, *(v for optimizer in self._inner_optimizers for v in optimizer.variables)]

    @property
    def learning_rate(self) -> Any:
        """Each optimizer has its own: asking for one is an error."""
        raise _no_rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise _no_rate()

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the variables that each optimizer needs for its own."""
        if self.built:
            return
        variables = list(variables)
        self._owners = [self._number_of(self._optimizer_map(v)) for v in variables]
        for number, optimizer in enumerate(self._inner_optimizers):
            own = [v for v, owner in zip(variables, self._owners, strict=True) if owner == number]
            if own:
                optimizer.build(own)
        super().build(variables)

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Spare variables from the weight decay of every optimizer."""
        for optimizer in self._inner_optimizers:
            optimizer.exclude_from_weight_decay(var_list, var_names)

    def _apply_where(self, due: Any, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        grads = list(grads)
        if not grads:
            return
        variables = given_variables(self, grads, trainable_variables)
        if not self.knows(variables):
            raise StateError("An optimizer trains the variables that it was built for.", hint="a new optimizer")
        parts: list[tuple[list[Any], list[Variable]]] = [([], []) for _ in self._inner_optimizers]
        for gradient, variable in zip(grads, variables, strict=True):
            own_grads, own = parts[self._owners[self._positions[id(variable)]]]
            own_grads.append(gradient)
            own.append(variable)
        for optimizer, (own_grads, own) in zip(self._inner_optimizers, parts, strict=True):
            if any(g is not None for g in own_grads):
                optimizer._apply_where(due, own_grads, own)
        with on_backend(self._backend):
            self._count_step(due)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """After training: replace weights by their averages, where their optimizer keeps them."""
        for optimizer in self._inner_optimizers:
            optimizer.finalize_variable_values([v for v in var_list if optimizer.knows([v])])

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        from multikeras.saving.serialization import serialize_keras_object

        return {
            "optimizer_map": serialize_keras_object(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        config = dict(config)
        config["optimizer_map"] = deserialize_keras_object(config["optimizer_map"], custom_objects=custom_objects)
        return cls(**config)


class _NoOneRateError(StateError, AttributeError):
    """Asked for the learning rate of several optimizers; by its class, `hasattr` is false."""


def _no_rate() -> _NoOneRateError:
    return _NoOneRateError("Each of several optimizers has its own learning rate.", hint="optimizer.optimizers[0]")
