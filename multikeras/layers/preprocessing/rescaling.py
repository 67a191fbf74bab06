"""Rescaling: `inputs * scale + offset`."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.layer import Layer


class Rescaling(Layer):
    """`inputs * scale + offset`, in the compute dtype also for integers.

    Args:
        scale: A number, or a list with one for each channel.
        offset: The same.

    ```python
    >>> Rescaling(1 / 255)([[0.0, 255.0]]).tolist()
    [[0.0, 1.0]]

    ```
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The rescaled inputs."""
        dtype = self.compute_dtype
        return ops.add(ops.multiply(ops.cast(inputs, dtype), ops.cast(self.scale, dtype)), ops.cast(self.offset, dtype))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}
