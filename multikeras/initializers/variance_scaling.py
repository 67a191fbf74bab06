"""Initializers whose spread depends on the number of inputs and outputs of a layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.errors import ArgumentError
from multikeras.initializers.initializer import check_positive
from multikeras.initializers.random import RandomInitializer, draw_dtype
from multikeras.random import portable

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

# The standard deviation of a standard normal distribution that is cut off at ±2.
TRUNCATED_STDDEV = 0.87962566103423978


def compute_fans(shape: tuple[int, ...], input_axes: Any = None, output_axes: Any = None) -> tuple[int, int]:
    """The numbers of inputs and of outputs that a kernel connects.

    Args:
        shape: The kernel's shape.
        input_axes: The axes of inputs; by default the last but one, times the window of a convolution.
        output_axes: The axes of outputs; by default the last, times the window.

    ```python
    >>> compute_fans((3, 3, 16, 32))
    (144, 288)

    ```
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class VarianceScaling(RandomInitializer):
    """Entries with the variance `scale / n`, where `n` is a number of connections.

    Args:
        scale: A positive number.
        mode: What `n` counts: `"fan_in"` inputs, `"fan_out"` outputs, `"fan_avg"` their mean.
        distribution: `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
        seed: See `RandomInitializer`.
        input_axes: The axes of the kernel that are inputs, where they are not the usual ones.
        output_axes: The axes that are outputs.

    Raises:
        ArgumentError: An argument is none of these.

    Source: He et al. (2015), "Delving deep into rectifiers", ICCV, section 2.2.

    ```python
    >>> VarianceScaling(seed=1)((4, 3)).shape
    (4, 3)

    ```
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Any = None,
        output_axes: Any = None,
    ) -> None:
        check_positive("scale", scale)
        distribution = {"normal": "truncated_normal"}.get(distribution.lower(), distribution.lower())
        if mode not in MODES:
            raise ArgumentError(f"`mode` is one of {', '.join(MODES)}.", received=repr(mode))
        if distribution not in DISTRIBUTIONS:
            raise ArgumentError(f"`distribution` is one of {', '.join(DISTRIBUTIONS)}.", received=repr(distribution))
        super().__init__(seed)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The draws."""
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)

            def finish(block: np.ndarray) -> None:
                # Draws are multiples of a power of two, less one half they are exact.
                block -= 0.5
                block *= 2 * limit

            return portable.uniform(self.key(), shape, draw_dtype(dtype), finish)
        stddev = math.sqrt(variance)
        if self.distribution == "truncated_normal":
            stddev /= TRUNCATED_STDDEV
            draw = portable.truncated_normal
        else:
            draw = portable.normal

        def scale(block: np.ndarray) -> None:
            block *= stddev

        return draw(self.key(), shape, draw_dtype(dtype), scale)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            **super().get_config(),
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Named(VarianceScaling):
    """A `VarianceScaling` whose scale, mode and distribution have a name."""

    _fixed: tuple[float, str, str]

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(*self._fixed, seed=seed, input_axes=input_axes, output_axes=output_axes)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Named):
    """Uniform in ±sqrt(6 / (inputs + outputs)).

    Source: Glorot, Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks", eq. 16.

    ```python
    >>> GlorotUniform(seed=1)((4, 3)).shape
    (4, 3)

    ```
    """

    _fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Named):
    """Truncated normal with variance 2 / (inputs + outputs).

    Source: Glorot, Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks".

    ```python
    >>> GlorotNormal(seed=1)((4, 3)).shape
    (4, 3)

    ```
    """

    _fixed = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Named):
    """Uniform in ±sqrt(6 / inputs).

    Source: He et al. (2015), "Delving deep into rectifiers", ICCV.

    ```python
    >>> HeUniform(seed=1)((4, 3)).shape
    (4, 3)

    ```
    """

    _fixed = (2.0, "fan_in", "uniform")


class HeNormal(_Named):
    """Truncated normal with variance 2 / inputs.

    Source: He et al. (2015), "Delving deep into rectifiers", ICCV, eq. 12.

    ```python
    >>> HeNormal(seed=1)((4, 3)).shape
    (4, 3)

    ```
    """

    _fixed = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Named):
    """Uniform in ±sqrt(3 / inputs).

    Source: LeCun et al. (1998), "Efficient BackProp", section 4.6.

    ```python
    >>> LecunUniform(seed=1)((4, 3)).shape
    (4, 3)

    ```
    """

    _fixed = (1.0, "fan_in", "uniform")


class LecunNormal(_Named):
    """Truncated normal with variance 1 / inputs.

    Source: LeCun et al. (1998), "Efficient BackProp", section 4.6.

    ```python
    >>> LecunNormal(seed=1)((4, 3)).shape
    (4, 3)

    ```
    """

    _fixed = (1.0, "fan_in", "truncated_normal")
