"""RepeatVector: vectors as sequences of themselves."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.core.dense import check_size
from multikeras.layers.layer import Layer


class RepeatVector(Layer):
    """Each vector as a sequence of `n` equal steps.

    Args:
        n: The number of steps.

    Call:
        inputs: A tensor of shape (batch, features); the result has the shape (batch, n, features).

    Raises:
        ArgumentError: `n` is no integer from 1 on.

    ```python
    >>> import multikeras as keras
    >>> RepeatVector(3)(keras.ops.ones((4, 2))).shape
    (4, 3, 2)

    ```
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = check_size("n", n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """The sequences."""
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "n": self.n}
