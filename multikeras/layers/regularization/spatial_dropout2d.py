"""SpatialDropout2D: whole channels of images are zeroed at random in training."""

from __future__ import annotations

from typing import Any

from multikeras import config
from multikeras.layers.regularization.base_spatial_dropout import BaseSpatialDropout


class SpatialDropout2D(BaseSpatialDropout):
    """In training each channel of a sample is zeroed as a whole with probability `rate`; the others are divided by
    `1 - rate`.

    Args:
        rate: A probability in [0, 1].
        data_format: `"channels_last"` or `"channels_first"`.
        seed: An integer, for draws that are the same in each run.
        name: The layer's name.
        dtype: Its dtype policy.

    Call:
        inputs: A tensor of shape (batch, height, width, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    Source: Tompson et al. (2015), "Efficient object localization using convolutional networks", CVPR, section 3.2.

    ```python
    >>> import multikeras as keras
    >>> SpatialDropout2D(0.5)(keras.ops.ones((2, 4, 4, 3))).shape
    (2, 4, 4, 3)

    ```
    """

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        data_format = config.standardize_data_format(data_format)
        super().__init__(rate, 2, data_format == "channels_first", seed, name, dtype)
        self.data_format = data_format

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format}
