"""Average: the mean of tensors."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.merging.merge import Merge, fold


class Average(Merge):
    """The mean of the inputs.

    ```python
    >>> import multikeras as keras
    >>> Average()([keras.ops.array([[1.0]]), keras.ops.array([[2.0]])]).tolist()
    [[1.5]]

    ```
    """

    def merge(self, inputs: list[Any]) -> Any:
        """The combination."""
        return ops.divide(fold(ops.add, inputs), len(inputs))


def average(inputs: Any, **kwargs: Any) -> Any:
    """`Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)
