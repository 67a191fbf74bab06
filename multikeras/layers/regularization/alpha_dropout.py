"""AlphaDropout: dropout that keeps mean and variance of self-normalizing networks."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops, random
from multikeras.layers.layer import Layer
from multikeras.layers.regularization.dropout import check_dropped_share, check_noise_shape, check_some_kept

# The value to which SELU goes on its negative side: -scale * alpha, with the constants of the paper.
_LOWEST = -1.0507009873554805 * 1.6732632423543772


class AlphaDropout(Layer):
    """In training entries are set to the least value of SELU at random, and all are scaled and shifted.

    With probability `rate` an entry x becomes p, the limit of SELU at minus infinity; then all become `a x + b`, where
    `a = ((1 - rate) (1 + rate p**2))**-0.5` and `b = -a p rate` keep mean 0 and variance 1.

    Args:
        rate: A probability in [0, 1]; with 1 nothing would be left to scale, and training is refused.
        noise_shape: The shape of the draw; sizes of 1 drop whole slices, `None` stands for the input's own size.
        seed: An integer, for draws that are the same in each run.

    Raises:
        ArgumentError: `rate` is no probability, or `noise_shape` no shape.

    Source: Klambauer et al. (2017), "Self-normalizing neural networks", NeurIPS, section "Dropout".

    ```python
    >>> import multikeras as keras
    >>> AlphaDropout(0.5)(keras.ops.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0]]

    ```
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_dropped_share(rate)
        self.rate = rate
        self.seed = seed
        self.noise_shape = check_noise_shape(noise_shape)
        self.seed_generator = random.SeedGenerator(seed) if rate > 0 else None
        self.supports_masking = True
        self._scale = 1 / math.sqrt((1 - rate) * (1 + rate * _LOWEST**2)) if rate < 1 else math.inf
        self._shift = -self._scale * _LOWEST * rate

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The inputs, with entries dropped in training."""
        if not training or self.rate == 0:
            return inputs
        check_some_kept(self.rate)
        shape = ops.shape(inputs)
        if self.noise_shape is not None:
            shape = tuple(shape[i] if size is None else size for i, size in enumerate(self.noise_shape))
        kept = ops.greater_equal(random.uniform(shape, dtype="float32", seed=self.seed_generator), self.rate)
        scaled = ops.add(ops.multiply(inputs, self._scale), self._shift)
        return ops.where(kept, scaled, self._scale * _LOWEST + self._shift)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}
