"""What the padding layers in one to three dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer
from multikeras.layers.reshaping.borders import Borders


class BaseZeroPadding(Layer):
    """The base of layers that add zeros at both ends of spatial axes.

    Args:
        added: How many zeros, for both ends of each spatial axis.
        first: Whether the channels come before the spatial axes.
    """

    def __init__(self, added: Borders, first: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._widths = ((0, 0), (0, 0), *added) if first else ((0, 0), *added, (0, 0))
        self.input_spec = InputSpec(ndim=len(added) + 2)

    def call(self, inputs: Any) -> Any:
        """The inputs with zeros around them."""
        return ops.pad(inputs, self._widths)
