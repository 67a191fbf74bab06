"""ZeroPadding2D: images with zeros around them."""

from __future__ import annotations

from typing import Any

from multikeras import config
from multikeras.layers.reshaping.base_zero_padding import BaseZeroPadding
from multikeras.layers.reshaping.borders import borders


class ZeroPadding2D(BaseZeroPadding):
    """Images with zeros at both ends of height and width.

    Args:
        padding: How many zeros are added: an integer for all ends, one
            for each axis, or a pair for each: (front, back), (front, back).
        data_format: `"channels_last"` or `"channels_first"`.

    Call:
        inputs: A tensor of shape (batch, height, width, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> ZeroPadding2D(1)(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 10, 10, 3)

    ```
    """

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        found = borders("padding", padding, 2)
        data_format = config.standardize_data_format(data_format)
        super().__init__(found, data_format == "channels_first", **kwargs)
        self.padding = found
        self.data_format = data_format

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("padding", "data_format")}
