"""Subtract: the difference of two tensors."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import StructureError
from multikeras.layers.merging.merge import Merge


class Subtract(Merge):
    """The first input minus the second.

    ```python
    >>> import multikeras as keras
    >>> Subtract()([keras.ops.array([[3.0]]), keras.ops.array([[1.0]])]).tolist()
    [[2.0]]

    ```
    """

    def build(self, input_shape: Any) -> None:
        """Check that there are two inputs, which fit together."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise StructureError(f"Layer {self.name!r} takes two tensors.", received=f"{len(input_shape)} tensors")

    def merge(self, inputs: list[Any]) -> Any:
        """The difference."""
        if len(inputs) != 2:
            raise StructureError(f"Layer {self.name!r} takes two tensors.", received=f"{len(inputs)} tensors")
        return ops.subtract(inputs[0], inputs[1])


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """`Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)
