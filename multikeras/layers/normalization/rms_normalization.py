"""RMSNormalization: entries of a sample with a root mean square of 1."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.layer import Layer
from multikeras.layers.normalization.scale_and_offset import (
    checked_axes,
    from_the_end,
    inner_axes_blocker,
    known_sizes,
)


class RMSNormalization(Layer):
    """`x / sqrt(mean(x ** 2) + epsilon) * scale`, with the mean over some axes of each sample.

    Args:
        axis: The axis, or axes, over which the mean is taken; `scale` has their sizes.
        epsilon: A small number under the root.

    Raises:
        ShapeError: There is no such axis, or its size is unknown.

    Source: Zhang and Sennrich (2019), "Root mean square layer normalization", NeurIPS, eq. 4.

    ```python
    >>> import multikeras as keras
    >>> RMSNormalization()(keras.ops.array([[2.0, 2.0]])).round(2).tolist()
    [[1.0, 1.0]]

    ```
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = checked_axes(axis)
        self.epsilon = epsilon
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the factor."""
        axes, sizes = known_sizes(self.axis, input_shape, self.name)
        self._axes, self._ndim = from_the_end(axes, len(input_shape)), len(input_shape)
        self.scale = self.add_weight(name="scale", shape=sizes, initializer="ones")
        self.built = True

    def call(self, x: Any) -> Any:
        """The normalized inputs."""
        return ops.rms_normalization(x, self.scale, self._axes, self.epsilon)

    @property
    def kernel_reason(self) -> str | None:
        """Why calls do not reach one kernel, `None` where they do."""
        return inner_axes_blocker(self._axes, self._ndim) if self.built else None

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("axis", "epsilon")}
