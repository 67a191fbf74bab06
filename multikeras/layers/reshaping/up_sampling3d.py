"""UpSampling3D: every entry of volumes several times."""

from __future__ import annotations

from typing import Any

from multikeras import config, ops
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.convolutional.base_windowed import sizes
from multikeras.layers.layer import Layer


class UpSampling3D(Layer):
    """Every entry of volumes several times along depth, height and width.

    Args:
        size: How often: an integer, or one for each axis.
        data_format: `"channels_last"` or `"channels_first"`.

    Call:
        inputs: A tensor of shape (batch, depth, height, width, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> UpSampling3D((1, 2, 3))(keras.ops.ones((2, 4, 4, 4, 3))).shape
    (2, 4, 8, 12, 3)

    ```
    """

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = sizes("size", size, 3)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        """The repeated entries."""
        offset = 2 if self.data_format == "channels_first" else 1
        for axis, size in enumerate(self.size, offset):
            if size > 1:
                inputs = ops.repeat(inputs, size, axis=axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("size", "data_format")}
