"""UpSampling1D: every step several times."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.core.dense import check_size
from multikeras.layers.layer import Layer


class UpSampling1D(Layer):
    """Every step `size` times in a row.

    Args:
        size: How often.

    Call:
        inputs: A tensor of shape (batch, steps, channels).

    Raises:
        ArgumentError: `size` is no integer from 1 on.

    ```python
    >>> import multikeras as keras
    >>> UpSampling1D(2)(keras.ops.array([[[1.0], [2.0]]])).ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]

    ```
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = check_size("size", size)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """The repeated steps."""
        return ops.repeat(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "size": self.size}
