"""Dropout: entries are zeroed at random in training."""

from __future__ import annotations

from typing import Any

from multikeras import random
from multikeras.errors import ArgumentError
from multikeras.layers.layer import Layer


class Dropout(Layer):
    """In training each entry is zeroed with probability `rate`, and the others are divided by `1 - rate`.

    Args:
        rate: A probability in [0, 1].
        noise_shape: The shape of the draw; sizes of 1 drop whole slices, `None` stands for the input's own size.
        seed: An integer, for draws that are the same in each run.

    Raises:
        ArgumentError: `rate` is no probability.

    Source: Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15.

    ```python
    >>> import multikeras as keras
    >>> Dropout(0.5)(keras.ops.array([[1.0, 2.0]])).tolist()
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

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The inputs, with entries dropped in training."""
        if training and self.rate > 0:
            return random.dropout(inputs, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}


def check_dropped_share(rate: Any) -> None:
    """Make sure that `rate` is a probability.

    Raises:
        ArgumentError: It is none.
    """
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise ArgumentError("`rate` is a probability in [0, 1].", received=f"rate={rate!r}", hint="rate=0.5")


def check_some_kept(rate: float) -> None:
    """Make sure that a layer that scales what it keeps keeps something.

    Raises:
        ArgumentError: Everything is dropped.
    """
    if rate == 1:
        raise ArgumentError("`rate` is below 1 in training: no scale makes up for all.", received="rate=1")


def check_noise_shape(shape: Any) -> tuple[int | None, ...] | None:
    """The sizes of a `noise_shape` as a tuple.

    Raises:
        ArgumentError: It is no shape.
    """
    if shape is None:
        return None
    if not isinstance(shape, (list, tuple)) or any(
        s is not None and (not hasattr(s, "__index__") or s < 1) for s in shape
    ):
        raise ArgumentError("`noise_shape` has sizes from 1 on, or None.", received=repr(shape), hint="(None, 1, 16)")
    return tuple(shape)
