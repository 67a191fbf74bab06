"""GaussianNoise: normal noise is added in training."""

from __future__ import annotations

from typing import Any

from multikeras import ops, random
from multikeras.errors import ArgumentError
from multikeras.layers.layer import Layer


class GaussianNoise(Layer):
    """In training normal noise with mean 0 is added to each entry.

    Args:
        stddev: The noise's standard deviation, in [0, 1].
        seed: An integer, for draws that are the same in each run.

    Raises:
        ArgumentError: `stddev` lies outside of [0, 1].

    ```python
    >>> import multikeras as keras
    >>> GaussianNoise(0.5)(keras.ops.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0]]

    ```
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(stddev, bool) or not isinstance(stddev, (int, float)) or not 0 <= stddev <= 1:
            raise ArgumentError("`stddev` lies in [0, 1].", received=f"stddev={stddev!r}", hint="stddev=0.1")
        self.stddev = stddev
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed) if stddev > 0 else None
        self.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The inputs, with noise in training."""
        if not training or self.stddev == 0:
            return inputs
        shape = ops.shape(inputs)
        noise = random.normal(shape, stddev=self.stddev, dtype=self.compute_dtype, seed=self.seed_generator)
        return ops.add(inputs, noise)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}
