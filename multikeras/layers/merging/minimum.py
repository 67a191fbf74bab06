"""Minimum: the smallest entries of tensors."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.merging.merge import Merge, fold


class Minimum(Merge):
    """The smallest of the inputs, entry by entry.

    ```python
    >>> import multikeras as keras
    >>> Minimum()([keras.ops.array([[3.0]]), keras.ops.array([[2.0]])]).tolist()
    [[2.0]]

    ```
    """

    def merge(self, inputs: list[Any]) -> Any:
        """The combination."""
        return fold(ops.minimum, inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)
