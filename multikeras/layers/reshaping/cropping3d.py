"""Cropping3D: volumes without their ends."""

from __future__ import annotations

from typing import Any

from multikeras import config
from multikeras.layers.reshaping.base_cropping import BaseCropping
from multikeras.layers.reshaping.borders import borders


class Cropping3D(BaseCropping):
    """Volumes without the entries at both ends of depth, height and width.

    Args:
        cropping: How many entries are cut off: an integer for all ends, one
            for each axis, or a pair for each: (front, back), (front, back), (front, back).
        data_format: `"channels_last"` or `"channels_first"`.

    Call:
        inputs: A tensor of shape (batch, depth, height, width, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> Cropping3D(1)(keras.ops.ones((2, 8, 8, 8, 3))).shape
    (2, 6, 6, 6, 3)

    ```
    """

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        found = borders("cropping", cropping, 3)
        data_format = config.standardize_data_format(data_format)
        super().__init__(found, data_format == "channels_first", **kwargs)
        self.cropping = found
        self.data_format = data_format

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("cropping", "data_format")}
