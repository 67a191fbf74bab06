"""What the layers that drop whole feature maps share."""

from __future__ import annotations

from typing import Any

from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.regularization.dropout import Dropout


class BaseSpatialDropout(Dropout):
    """The base of layers that drop all entries of a channel of a sample at once.

    Args:
        rate: A probability in [0, 1].
        rank: The number of spatial axes.
        first: Whether the channels come before the spatial axes.
        seed: An integer, for draws that are the same in each run.
        name: The layer's name.
        dtype: Its dtype policy.
    """

    def __init__(self, rate: float, rank: int, first: bool, seed: int | None, name: str | None, dtype: Any) -> None:
        ones = (1,) * rank
        super().__init__(
            rate, noise_shape=(None, None, *ones) if first else (None, *ones, None), seed=seed, name=name, dtype=dtype
        )
        self.input_spec = InputSpec(ndim=rank + 2)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype_policy.name}
