"""All variables of an optimizer as one vector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from multikeras import ops
from multikeras.state.variable import Variable


class FlatRow:
    """Variables that are read and assigned as one vector, one after the other.

    Args:
        variables: The variables, in order.

    ```python
    >>> import multikeras as keras
    >>> row = FlatRow([keras.Variable([1.0, 2.0]), keras.Variable([[3.0]])])
    >>> row.size, row.read().tolist()
    (3, [1.0, 2.0, 3.0])

    ```
    """

    def __init__(self, variables: Sequence[Variable]) -> None:
        self.variables = list(variables)
        self.sizes = [math.prod(n or 0 for n in v.shape) for v in self.variables]
        self.size = sum(self.sizes)
        self.dtype = "float64" if any(v._dtype == "float64" for v in self.variables) else "float32"

    def read(self) -> Any:
        """The values, of shape (size,)."""
        return self._joined([v.value for v in self.variables])

    def gradient(self, variables: Sequence[Variable], gradients: Sequence[Any]) -> Any:
        """Gradients, of shape (size,): zero for variables that have none.

        Args:
            variables: Some of the variables.
            gradients: The gradient of each.
        """
        found = {id(v): g for v, g in zip(variables, gradients, strict=True)}
        own = [found.get(id(v)) for v in self.variables]
        return self._joined(
            [ops.zeros_like(v.value) if g is None else v._admit(g) for v, g in zip(self.variables, own, strict=True)]
        )

    def _joined(self, parts: list[Any]) -> Any:
        return ops.concatenate([ops.cast(ops.reshape(x, (-1,)), self.dtype) for x in parts])

    def assign(self, values: Any, due: Any = None) -> None:
        """Give the variables the values of a vector, within their constraints.

        Args:
            values: Shape (size,).
            due: A bool of whether to, `None` for yes.
        """
        start = 0
        for v, size in zip(self.variables, self.sizes, strict=True):
            value = ops.cast(ops.reshape(values[start : start + size], v.shape), v._dtype)
            start += size
            if v._constraint is not None:
                value = v._constraint(value)
            v.assign(value if due is None else ops.where(due, value, v.value))
