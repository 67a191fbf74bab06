"""Multiply: the product of tensors."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.merging.merge import Merge, fold


class Multiply(Merge):
    """The product of the inputs.

    ```python
    >>> import multikeras as keras
    >>> Multiply()([keras.ops.array([[3.0]]), keras.ops.array([[2.0]])]).tolist()
    [[6.0]]

    ```
    """

    def merge(self, inputs: list[Any]) -> Any:
        """The combination."""
        return fold(ops.multiply, inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """`Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)
