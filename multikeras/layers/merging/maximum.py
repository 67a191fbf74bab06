"""Maximum: the largest entries of tensors."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.merging.merge import Merge, fold


class Maximum(Merge):
    """The largest of the inputs, entry by entry.

    ```python
    >>> import multikeras as keras
    >>> Maximum()([keras.ops.array([[3.0]]), keras.ops.array([[2.0]])]).tolist()
    [[3.0]]

    ```
    """

    def merge(self, inputs: list[Any]) -> Any:
        """The combination."""
        return fold(ops.maximum, inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """`Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)
