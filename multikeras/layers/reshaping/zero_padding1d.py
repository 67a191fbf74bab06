"""ZeroPadding1D: steps with zeros around them."""

from __future__ import annotations

from typing import Any

from multikeras import config
from multikeras.layers.reshaping.base_zero_padding import BaseZeroPadding
from multikeras.layers.reshaping.borders import ends


class ZeroPadding1D(BaseZeroPadding):
    """Steps with zeros at both ends of the steps.

    Args:
        padding: How many zeros are added: an integer for both ends, or one for each.
        data_format: `"channels_last"` or `"channels_first"`.

    Call:
        inputs: A tensor of shape (batch, steps, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> ZeroPadding1D((1, 2))(keras.ops.ones((2, 8, 3))).shape
    (2, 11, 3)

    ```
    """

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        found = ends("padding", padding)
        data_format = config.standardize_data_format(data_format)
        super().__init__((found,), data_format == "channels_first", **kwargs)
        self.padding = found
        self.data_format = data_format

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("padding", "data_format")}
