"""GlobalMaxPooling2D: the maximum over images."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.pooling.base_pooling import BaseGlobalPooling


class GlobalMaxPooling2D(BaseGlobalPooling):
    """The maximum over images, for each channel.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.
        keepdims: Whether the spatial axes stay, with size 1.

    Call:
        inputs: A tensor of shape (batch, height, width, channels), or with the channels behind the batch axis.

    ```python
    >>> import multikeras as keras
    >>> GlobalMaxPooling2D()(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 3)

    ```
    """

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(2, data_format, keepdims, **kwargs)

    def call(self, inputs: Any) -> Any:
        """The pooled inputs."""
        return ops.max(inputs, axis=self._spatial, keepdims=self.keepdims)
