"""UnitNormalization: vectors of length 1."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.layer import Layer
from multikeras.layers.normalization.scale_and_offset import checked_axes


class UnitNormalization(Layer):
    """`x / sqrt(sum(x ** 2))`, with the sum over some axes of each sample.

    Args:
        axis: The axis, or axes.

    Raises:
        ArgumentError: It is neither.
        ShapeError: There is no such axis.

    ```python
    >>> import multikeras as keras
    >>> UnitNormalization()(keras.ops.array([[0.0, 4.0]])).round(2).tolist()
    [[0.0, 1.0]]

    ```
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = checked_axes(axis)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        return ops.normalize(inputs, self.axis, 2, 1e-12)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}
