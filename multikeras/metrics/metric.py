"""Metric: a number gathered over many batches."""

from __future__ import annotations

from typing import Any

from multikeras.backend.select import current, on_backend
from multikeras.dtypes import lattice, policy
from multikeras.errors import NotSupportedError, ShapeError
from multikeras.state.names import auto_name
from multikeras.state.scope import StatelessScope, name_scope
from multikeras.state.tracking import owned
from multikeras.state.variable import Variable


class Metric:
    """The base of all metrics. A subclass makes variables with `add_variable`, and defines `update_state` and `result`.

    Args:
        dtype: The dtype to compute in, or a policy; floatx by default.
        name: Its name, made up by default.

    ```python
    >>> class Count(Metric):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.total = self.add_variable((), "zeros")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.total.assign_add(len(y_true))
    ...     def result(self):
    ...         return self.total.value
    >>> float(Count()([1, 2], [3, 4]))
    2.0

    ```
    """

    _internal_attributes: frozenset[str] = frozenset({"_own"})

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = auto_name(type(self).__name__) if name is None else name
        self._dtype_policy = policy.get(lattice.standardize(None) if dtype is None else dtype)
        self._dtype = self._dtype_policy.compute_dtype
        self._backend = current()
        self._own: list[Variable] = []

    @property
    def dtype(self) -> str:
        """The dtype that it computes in."""
        return self._dtype

    @property
    def backend(self) -> str:
        """The name of the backend that it belongs to."""
        return self._backend.name

    @property
    def variables(self) -> list[Variable]:
        """Its variables, and those of metrics inside."""
        found = {id(v): v for v in self._own}
        found.update((id(v), v) for _, v in owned(self, (Variable,)))
        for _, metric in owned(self, (Metric,)):
            found.update((id(v), v) for v in metric.variables)
        return list(found.values())

    def add_variable(
        self, shape: Any, initializer: Any, dtype: Any = None, aggregation: str = "sum", name: str | None = None
    ) -> Variable:
        """A new variable of the metric's own."""
        with on_backend(self._backend), name_scope(self.name.replace("/", ">")):
            variable = Variable(
                initializer,
                shape=shape,
                dtype=self._dtype if dtype is None else dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._own.append(variable)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """`add_variable`, zeros by default."""
        return self.add_variable(shape, "zeros" if initializer is None else initializer, dtype=dtype, name=name)

    def reset_state(self) -> None:
        """Set every variable to zero."""
        from multikeras import ops

        with on_backend(self._backend):
            for v in self.variables:
                v.assign(ops.zeros(v.shape, dtype=v._dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch in."""
        raise NotSupportedError(f"{type(self).__name__} defines `update_state`.")

    def result(self) -> Any:
        """The number so far, as a scalar tensor."""
        raise NotSupportedError(f"{type(self).__name__} defines `result`.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """`update_state` as a pure function of the variables' values; their values after."""
        with self._with_values(metric_variables) as scope:
            self.update_state(*args, **kwargs)
        return [scope.get_current_value(v) for v in self.variables]

    def stateless_result(self, metric_variables: Any) -> Any:
        """`result` as a pure function of the variables' values."""
        with self._with_values(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The variables' values after `reset_state`."""
        with StatelessScope() as scope:
            self.reset_state()
        return [scope.get_current_value(v) for v in self.variables]

    def _with_values(self, values: Any) -> StatelessScope:
        variables = self.variables
        if len(values) != len(variables):
            raise ShapeError("There is a value for each variable.", received=f"{len(values)} for {len(variables)}")
        return StatelessScope(zip(variables, values, strict=True))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self._dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The metric of a `get_config`."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
