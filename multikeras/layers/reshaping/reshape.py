"""Reshape: samples in another shape."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, ShapeError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.layers.layer import Layer


class Reshape(Layer):
    """Samples in another shape.

    Args:
        target_shape: The shape of one sample; one size may be -1, which is worked out from the others.

    Raises:
        ArgumentError: `target_shape` is no tuple of integers with at most one -1.

    ```python
    >>> import multikeras as keras
    >>> Reshape((3, -1))(keras.ops.ones((4, 6))).shape
    (4, 3, 2)

    ```
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        target = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if target.count(-1) > 1 or any(s is not None and (not hasattr(s, "__index__") or s < -1) for s in target):
            raise ArgumentError(
                "`target_shape` has integers, at most one of them -1.", received=repr(target_shape), hint="(4, -1)"
            )
        self.target_shape = target

    def call(self, inputs: Any) -> Any:
        """The reshaped samples."""
        known = self._known(tuple(inputs.shape[1:]))
        batch = ops.shape(inputs)[0]
        if isinstance(inputs, KerasTensor):
            return KerasTensor((batch, *(None if s == -1 else s for s in known)), inputs.dtype)
        return ops.reshape(inputs, (batch, *known))

    def _known(self, sample: tuple[Any, ...]) -> tuple[Any, ...]:
        """The target with its -1 worked out where the sizes of a sample are known."""
        if any(s is None for s in sample):
            return self.target_shape
        total = math.prod(sample)
        # A list: not everything that traces takes a generator here.
        rest = math.prod([s for s in self.target_shape if s != -1])
        fits = total % rest == 0 if -1 in self.target_shape and rest else total == rest
        if not fits:
            raise ShapeError(
                f"The samples of {self.name!r} have as many entries as `target_shape`.",
                received=f"samples of shape {sample}, target_shape={self.target_shape}",
            )
        return tuple(total // rest if s == -1 else s for s in self.target_shape)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "target_shape": self.target_shape}
