"""The variables of a layer and of the layers in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from multikeras.backend.select import on_backend
from multikeras.dtypes import lattice
from multikeras.errors import MixedBackendsError, NotBuiltError, ShapeError
from multikeras.layers.base.precision import Precision
from multikeras.state.scope import name_scope
from multikeras.state.tracking import kept, owned, walks
from multikeras.state.variable import Variable


class Weights(Precision):
    """The side of a layer that holds variables and other layers."""

    # Whether it may be part of a layer of another backend.
    _on_any_backend = False

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new variable of this layer.

        Args:
            shape: Its shape; a scalar by default.
            initializer: The first value or what makes it; Glorot uniform for floats, zeros else.
            dtype: Its dtype, the policy's variable dtype by default.
            trainable: Whether gradients are taken with respect to it.
            autocast: Whether it reads in the compute dtype during calls.
            regularizer: A function whose value is added to the loss.
            constraint: A function that new values pass through after an optimizer step.
            aggregation: How replicas are combined.
            overwrite_with_gradient: Whether the optimizer stores the gradient itself.
            name: Its name.
        """
        from multikeras import constraints, initializers, regularizers

        self._check_initialized()
        dtype = self.variable_dtype if dtype is None else lattice.standardize(dtype)
        if initializer is None:
            initializer = "glorot_uniform" if lattice.is_float(dtype) else "zeros"
        if isinstance(initializer, (str, dict)) or callable(initializer):
            initializer = initializers.get(initializer)
            shape = () if shape is None else shape
        with on_backend(self._backend), name_scope(self.name):
            variable = Variable(
                initializer,
                shape=(shape,) if isinstance(shape, int) else shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._own_weights.append(variable)
        if walks.found:
            walks.found.clear()
        if self._bind_attribute is not None:
            self._bind_attribute(variable.name, variable)
        if not self._trainable:
            variable.trainable = False
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """`add_weight` by its other name."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    def _own_variables(self) -> list[Variable]:
        """The variables that this layer itself holds, trainable ones first, each once."""
        found = {id(v): v for v in self._own_weights}
        found.update((id(v), v) for _, v in owned(self, (Variable,)))
        rows = list(found.values())
        return [v for v in rows if v._made_trainable] + [v for v in rows if not v._made_trainable]

    def _sublayers(self) -> Iterator[Any]:
        """The layers that this one holds directly, in the order of assignment."""
        return (layer for _, layer in owned(self, (Weights,)))

    def _flatten_layers(self, include_self: bool = True) -> list[Any]:
        """This layer and every layer below it, each once, parents first."""
        found = kept("layers", self, self._walk_layers)
        return found[:] if include_self else found[1:]

    def _walk_layers(self) -> list[Any]:
        found: dict[int, Any] = {}
        pending: list[Any] = [self]
        while pending:
            layer = pending.pop()
            if id(layer) not in found:
                if layer._backend is not self._backend and not layer._on_any_backend:
                    raise MixedBackendsError(
                        f"Layer {self.name!r} belongs to {self.backend} and is made of its layers.",
                        received=f"{layer.name!r} of {layer.backend}",
                        hint=f"with multikeras.use_backend({layer.backend!r}): ...",
                    )
                found[id(layer)] = layer
                pending += reversed(list(layer._sublayers()))
        return list(found.values())

    def _collect(self, seeds: bool) -> list[Variable]:
        return kept("variables" if seeds else "weights", self, lambda: self._walk_variables(seeds))[:]

    def _walk_variables(self, seeds: bool) -> list[Variable]:
        from multikeras.random.seed import SeedGenerator

        found: dict[int, Variable] = {}
        for layer in self._flatten_layers():
            for v in layer._own_variables():
                found.setdefault(id(v), v)
            if seeds:
                for _, generator in owned(layer, (SeedGenerator,)):
                    if generator.state is not None:
                        found.setdefault(id(generator.state), generator.state)
        return list(found.values())

    @property
    def variables(self) -> list[Variable]:
        """Every variable, those of seed generators among them, each once."""
        return self._collect(seeds=True)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that are trained."""
        return [v for v in self.variables if v.trainable] if self._trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that are not trained."""
        return [v for v in self.variables if not v.trainable] if self._trainable else self.variables

    @property
    def weights(self) -> list[Variable]:
        """Every variable but the states of seed generators."""
        return self._collect(seeds=False)

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that are trained."""
        return [v for v in self.weights if v.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that are not trained."""
        return [v for v in self.weights if not v.trainable] if self._trainable else self.weights

    @property
    def metrics(self) -> list[Any]:
        """The metrics that it and its layers hold."""
        from multikeras.metrics import Metric

        found: dict[int, Any] = {}
        for layer in self._flatten_layers():
            for _, metric in owned(layer, (Metric,)):
                found.setdefault(id(metric), metric)
        return list(found.values())

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of its metrics."""
        found: dict[int, Variable] = {}
        for metric in self.metrics:
            for v in metric.variables:
                found.setdefault(id(v), v)
        return list(found.values())

    @property
    def trainable(self) -> bool:
        """Whether it is trained; setting it sets every layer and variable below."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        self._trainable = value
        for v in self._own_variables():
            if v._made_trainable:
                v.trainable = value
        for layer in self._sublayers():
            layer.trainable = value

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights`, as NumPy arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Assign values to `weights`, in their order.

        Raises:
            ShapeError: There are more or fewer values, or one has another shape. Nothing is assigned then.
        """
        variables = self.weights
        if len(weights) != len(variables):
            raise ShapeError(f"Layer {self.name!r} has {len(variables)} weights.", received=f"{len(weights)} values")
        for variable, value in zip(variables, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ShapeError(
                    f"A variable keeps its shape: {variable.path!r} has shape {variable.shape}.",
                    received=f"a value of shape {tuple(np.shape(value))}",
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """The number of entries of all weights.

        Raises:
            NotBuiltError: They do not exist yet.
        """
        if not self.built:
            raise NotBuiltError(
                f"Layer {self.name!r} has its weights once its input shape is known.",
                hint="layer.build(input_shape), or call it on a tensor",
            )
        return sum(math.prod(v.shape) for v in self.weights)  # type: ignore[arg-type] - variables have known sizes
