"""UpSampling2D: images enlarged by whole factors."""

from __future__ import annotations

from typing import Any

from multikeras import config, ops
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.convolutional.base_windowed import sizes
from multikeras.layers.layer import Layer
from multikeras.ops.image.resizing import check_interpolation


class UpSampling2D(Layer):
    """Images that are `size` times as high and wide.

    Args:
        size: How many times: an integer, or one for height and one for width.
        data_format: `"channels_last"` or `"channels_first"`.
        interpolation: `"nearest"`: every entry several times. `"bilinear"`, `"bicubic"`, `"lanczos3"`, `"lanczos5"`: as
            in `ops.image.resize`.

    Call:
        inputs: A tensor of shape (batch, height, width, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> UpSampling2D((1, 2))(keras.ops.array([[[[1.0], [2.0]]]])).ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]

    ```
    """

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.size = sizes("size", size, 2)
        self.data_format = config.standardize_data_format(data_format)
        self.interpolation = str(interpolation).lower()
        check_interpolation(self.interpolation)
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """The larger images."""
        height = 2 if self.data_format == "channels_first" else 1
        old = ops.shape(inputs)[height : height + 2]
        if self.interpolation == "nearest" and not all(isinstance(side, int) for side in old):
            # Where sizes are not known, it is not seen that they are multiples.
            for axis, factor in enumerate(self.size, height):
                inputs = ops.repeat(inputs, factor, axis=axis)
            return inputs
        size = tuple(None if side is None else side * factor for side, factor in zip(old, self.size, strict=True))
        return ops.image.resize(inputs, size, interpolation=self.interpolation, data_format=self.data_format)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("size", "data_format", "interpolation")}
