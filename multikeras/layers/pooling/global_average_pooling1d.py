"""GlobalAveragePooling1D: the mean over steps."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.pooling.base_pooling import BaseGlobalPooling


class GlobalAveragePooling1D(BaseGlobalPooling):
    """The mean over steps, for each channel.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.
        keepdims: Whether the spatial axes stay, with size 1.

    Call:
        inputs: A tensor of shape (batch, steps, channels), or with the channels behind the batch axis.

    ```python
    >>> import multikeras as keras
    >>> GlobalAveragePooling1D()(keras.ops.ones((2, 8, 3))).shape
    (2, 3)

    ```
    """

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(1, data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The pooled inputs."""
        if mask is not None:
            weights = ops.cast(ops.expand_dims(mask, 2 if self.data_format == "channels_last" else 1), inputs.dtype)
            total = ops.sum(ops.multiply(inputs, weights), axis=self._spatial, keepdims=self.keepdims)
            return ops.divide(total, ops.sum(weights, axis=self._spatial, keepdims=self.keepdims))
        return ops.mean(inputs, axis=self._spatial, keepdims=self.keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """There are no steps left to mask."""
