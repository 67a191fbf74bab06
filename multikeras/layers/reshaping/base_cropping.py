"""What the cropping layers in one to three dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ShapeError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer
from multikeras.layers.reshaping.borders import Borders


class BaseCropping(Layer):
    """The base of layers that cut entries off both ends of spatial axes.

    Args:
        cut: How many entries, for both ends of each spatial axis.
        first: Whether the channels come before the spatial axes.
    """

    def __init__(self, cut: Borders, first: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._cut = cut
        self._offset = 2 if first else 1
        whole = (slice(None),) * self._offset
        self._kept = (*whole, *(slice(front, -back if back else None) for front, back in cut))
        self.input_spec = InputSpec(ndim=len(cut) + 2)

    def call(self, inputs: Any) -> Any:
        """The entries that are left."""
        for axis, (front, back) in enumerate(self._cut, self._offset):
            size = inputs.shape[axis]
            if size is not None and size <= front + back:
                raise ShapeError(
                    f"Layer {self.name!r} leaves entries of every spatial axis.",
                    received=f"{front} and {back} entries cut off an axis of {size}, shape {tuple(inputs.shape)}",
                )
        return ops.get_item(inputs, self._kept)
