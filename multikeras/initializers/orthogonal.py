"""The initializer of matrices with orthonormal rows or columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.errors import ShapeError
from multikeras.initializers.random import RandomInitializer
from multikeras.random import portable


class Orthogonal(RandomInitializer):
    """A matrix with orthonormal columns (rows, where there are fewer of those), times a number.

    A kernel with more axes is one matrix of its last axis against all others.

    Args:
        gain: The number.
        seed: See `RandomInitializer`.

    Raises:
        ShapeError: The shape has fewer than two axes.

    Source: Saxe et al. (2014), "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".

    ```python
    >>> q = Orthogonal(seed=1)((3, 3))
    >>> bool(abs(q.T @ q - np.eye(3)).max() < 1e-6)
    True

    ```
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The matrix."""
        if len(shape) < 2:
            raise ShapeError("An orthogonal kernel has at least two axes.", received=f"shape={shape}")
        rows = math.prod(shape[:-1])
        # The decomposition's result lies column by column, which products of matrices would meet at every call.
        return np.ascontiguousarray(self.gain * portable.orthogonal(self.key(), rows, shape[-1]).reshape(shape))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {"gain": self.gain, **super().get_config()}
