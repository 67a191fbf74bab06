"""SpatialDropout1D: whole channels of steps are zeroed at random in training."""

from __future__ import annotations

from typing import Any

from multikeras.layers.regularization.base_spatial_dropout import BaseSpatialDropout


class SpatialDropout1D(BaseSpatialDropout):
    """In training each channel of a sample is zeroed as a whole with probability `rate`; the others are divided by
    `1 - rate`.

    Args:
        rate: A probability in [0, 1].
        seed: An integer, for draws that are the same in each run.
        name: The layer's name.
        dtype: Its dtype policy.

    Call:
        inputs: A tensor of shape (batch, steps, channels).

    Raises:
        ArgumentError: An argument is none of these.

    Source: Tompson et al. (2015), "Efficient object localization using convolutional networks", CVPR, section 3.2.

    ```python
    >>> import multikeras as keras
    >>> SpatialDropout1D(0.5)(keras.ops.ones((2, 4, 3))).shape
    (2, 4, 3)

    ```
    """

    def __init__(self, rate: float, seed: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(rate, 1, False, seed, name, dtype)
