"""Initializers that draw each entry from one distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.errors import ArgumentError
from multikeras.initializers.initializer import Initializer
from multikeras.random import portable
from multikeras.random.seed import SeedGenerator, host_key, make_default_seed


class RandomInitializer(Initializer):
    """The base of initializers with a seed.

    Args:
        seed: An integer, which gives the same values at each call; a `SeedGenerator`, which gives new ones; or `None`,
            for a seed made up now from Python's `random`.

    Raises:
        ArgumentError: `seed` is none of these.
    """

    def __init__(self, seed: Any = None) -> None:
        self._given_seed = seed
        if isinstance(seed, dict):
            seed = SeedGenerator.from_config(seed["config"])
        if seed is None:
            seed = make_default_seed()
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer, SeedGenerator)):
            raise ArgumentError("A seed is an integer, a SeedGenerator or None.", received=repr(seed), hint="seed=1337")
        self.seed = seed

    def key(self) -> np.ndarray:
        """The key of one draw."""
        return host_key(self.seed)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        from multikeras.saving.serialization import serialize_keras_object

        return {"seed": serialize_keras_object(self._given_seed)}


def draw_dtype(dtype: str) -> str:
    """The dtype to draw in: 64 bits for float64, else 32, so that 16-bit values are rounded ones of the same stream."""
    return "float64" if dtype == "float64" else "float32"


def draw_scaled(
    draw: Callable[..., np.ndarray], key: np.ndarray, shape: tuple[int, ...], dtype: str, factor: Any, offset: Any
) -> np.ndarray:
    """`draw * factor + offset`."""
    drawn_as = draw_dtype(dtype)
    if type(factor) not in (float, int) or type(offset) not in (float, int):
        # Numbers of NumPy may widen the draws.
        return draw(key, shape, drawn_as) * factor + offset

    def finish(block: np.ndarray) -> None:
        block *= factor
        block += offset

    return draw(key, shape, drawn_as, finish)


class RandomNormal(RandomInitializer):
    """Entries from a normal distribution.

    Args:
        mean: Its mean.
        stddev: Its standard deviation.
        seed: See `RandomInitializer`.

    ```python
    >>> RandomNormal(seed=1)((2, 3)).shape
    (2, 3)

    ```
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The draws."""
        return draw_scaled(portable.normal, self.key(), shape, dtype, self.stddev, self.mean)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Entries from a normal distribution, those beyond two standard deviations drawn again.

    Args:
        mean: The mean of the distribution before it is cut.
        stddev: Its standard deviation before it is cut.
        seed: See `RandomInitializer`.

    ```python
    >>> float(abs(TruncatedNormal(stddev=1.0, seed=1)((100,))).max()) <= 2
    True

    ```
    """

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The draws."""
        return draw_scaled(portable.truncated_normal, self.key(), shape, dtype, self.stddev, self.mean)


class RandomUniform(RandomInitializer):
    """Entries drawn uniformly from [minval, maxval).

    Args:
        minval: Lower bound.
        maxval: Upper bound.
        seed: See `RandomInitializer`.

    ```python
    >>> float(abs(RandomUniform(seed=1)((100,))).max()) <= 0.05
    True

    ```
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The draws."""
        return draw_scaled(portable.uniform, self.key(), shape, dtype, self.maxval - self.minval, self.minval)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}
