"""Permute: the axes of samples in another order."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer


class Permute(Layer):
    """The axes of samples in another order.

    Args:
        dims: For each axis of the output behind the batch axis the axis of the input, counted from 1.

    Raises:
        ArgumentError: `dims` is no order of the axes.

    ```python
    >>> import multikeras as keras
    >>> Permute((2, 1))(keras.ops.ones((4, 3, 2))).shape
    (4, 2, 3)

    ```
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        found = tuple(dims) if isinstance(dims, (list, tuple)) else None
        if found is None or sorted(found) != list(range(1, len(found) + 1)):
            raise ArgumentError(
                "`dims` has each of 1, 2, ... once: the batch axis is not counted.",
                received=f"dims={dims!r}",
                hint="dims=(2, 1)",
            )
        self.dims = found
        self.input_spec = InputSpec(ndim=len(found) + 1)

    def call(self, inputs: Any) -> Any:
        """The inputs with their axes in that order."""
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "dims": self.dims}
