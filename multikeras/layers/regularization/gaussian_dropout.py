"""GaussianDropout: entries are scaled at random in training."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops, random
from multikeras.layers.layer import Layer
from multikeras.layers.regularization.dropout import check_dropped_share, check_some_kept


class GaussianDropout(Layer):
    """In training each entry is multiplied by a normal draw with mean 1 and variance `rate / (1 - rate)`.

    Args:
        rate: The probability with which `Dropout` would drop an entry for noise of this variance, in [0, 1]; with 1
            there is none, and training is refused.
        seed: An integer, for draws that are the same in each run.

    Raises:
        ArgumentError: `rate` is no probability.

    Source: Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15,
    section 10.

    ```python
    >>> import multikeras as keras
    >>> GaussianDropout(0.5)(keras.ops.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0]]

    ```
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_dropped_share(rate)
        self.rate = rate
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed) if rate > 0 else None
        self.supports_masking = True
        self._stddev = math.sqrt(rate / (1 - rate)) if rate < 1 else math.inf

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The inputs, scaled at random in training."""
        if not training or self.rate == 0:
            return inputs
        check_some_kept(self.rate)
        shape = ops.shape(inputs)
        factor = random.normal(shape, 1.0, self._stddev, dtype=self.compute_dtype, seed=self.seed_generator)
        return ops.multiply(inputs, factor)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
