"""AveragePooling1D: the mean of windows of steps."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.pooling.base_pooling import BasePooling


class AveragePooling1D(BasePooling):
    """The mean of each window of steps, for each channel.

    Args:
        pool_size: The window's size: an integer, or 1 of them.
        strides: The distance of windows, `pool_size` by default.
        padding: `"valid"`: none; `"same"`: as many windows as entries, divided by the strides; padding does
            not count.
        data_format: `"channels_last"` or `"channels_first"`.

    Call:
        inputs: A tensor of shape (batch, steps, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> AveragePooling1D(2)(keras.ops.ones((2, 8, 3))).shape
    (2, 4, 3)

    ```
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(1, pool_size, strides, padding, data_format, name=name, **kwargs)

    def call(self, inputs: Any) -> Any:
        """The pooled inputs."""
        return ops.average_pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)
