"""Add: the sum of tensors."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.merging.merge import Merge, fold


class Add(Merge):
    """The sum of the inputs.

    ```python
    >>> import multikeras as keras
    >>> Add()([keras.ops.array([[1.0]]), keras.ops.array([[2.0]])]).tolist()
    [[3.0]]

    ```
    """

    def merge(self, inputs: list[Any]) -> Any:
        """The combination."""
        return fold(ops.add, inputs)


def add(inputs: Any, **kwargs: Any) -> Any:
    """`Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)
