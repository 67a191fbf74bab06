"""ReLU: zero below a threshold, with a slope or an upper bound if wanted."""

from __future__ import annotations

from typing import Any

from multikeras import activations, ops
from multikeras.errors import ArgumentError
from multikeras.layers.layer import Layer


class ReLU(Layer):
    """`min(x, max_value)` from the threshold on, `negative_slope * (x - threshold)` below.

    Args:
        max_value: The upper bound; none by default.
        negative_slope: The slope below the threshold.
        threshold: Where the function starts to be `x`.

    Raises:
        ArgumentError: One of them is below 0.

    ```python
    >>> ReLU(max_value=1.5)([[-2.0, 1.0, 2.0]]).tolist()
    [[0.0, 1.0, 1.5]]

    ```
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        given = {"negative_slope": negative_slope, "threshold": threshold}
        for name, value in (given if max_value is None else {**given, "max_value": max_value}).items():
            if value is None or value < 0:
                raise ArgumentError(f"`{name}` is a number from 0 on.", received=f"{name}={value!r}")
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self._plain = max_value is None and negative_slope == 0 and threshold == 0
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The activated inputs."""
        if self._plain:
            return ops.relu(inputs)
        return activations.relu(
            inputs, negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold
        )

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("max_value", "negative_slope", "threshold")}
