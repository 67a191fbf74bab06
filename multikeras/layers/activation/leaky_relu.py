"""LeakyReLU: a small slope below zero."""

from __future__ import annotations

import warnings
from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.layers.layer import Layer


class LeakyReLU(Layer):
    """`x` above zero, `negative_slope * x` below.

    Args:
        negative_slope: A number from 0 on.

    Raises:
        ArgumentError: It is none.

    Source: Maas, Hannun, Ng (2013), "Rectifier nonlinearities improve neural network acoustic models", ICML, eq. 2.

    ```python
    >>> LeakyReLU(0.5)([[-2.0, 2.0]]).tolist()
    [[-1.0, 2.0]]

    ```
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn("`alpha` is deprecated: use `negative_slope`.", DeprecationWarning, stacklevel=2)
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ArgumentError(
                "`negative_slope` is a number from 0 on.", received=repr(negative_slope), hint="negative_slope=0.3"
            )
        self.negative_slope = negative_slope
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The activated inputs."""
        return ops.leaky_relu(inputs, self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "negative_slope": self.negative_slope}
