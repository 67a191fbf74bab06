"""Cropping2D: images without their ends."""

from __future__ import annotations

from typing import Any

from multikeras import config
from multikeras.layers.reshaping.base_cropping import BaseCropping
from multikeras.layers.reshaping.borders import borders


class Cropping2D(BaseCropping):
    """Images without the entries at both ends of height and width.

    Args:
        cropping: How many entries are cut off: an integer for all ends, one
            for each axis, or a pair for each: (front, back), (front, back).
        data_format: `"channels_last"` or `"channels_first"`.

    Call:
        inputs: A tensor of shape (batch, height, width, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> Cropping2D(1)(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 6, 6, 3)

    ```
    """

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any) -> None:
        found = borders("cropping", cropping, 2)
        data_format = config.standardize_data_format(data_format)
        super().__init__(found, data_format == "channels_first", **kwargs)
        self.cropping = found
        self.data_format = data_format

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("cropping", "data_format")}
