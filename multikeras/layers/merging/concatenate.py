"""Concatenate: tensors one behind the other."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ShapeError
from multikeras.layers.layer import Layer
from multikeras.layers.merging.merge import check_list
from multikeras.ops._rules import canonical_axis


class Concatenate(Layer):
    """The inputs one behind the other along an axis.

    Args:
        axis: The axis.

    ```python
    >>> import multikeras as keras
    >>> Concatenate()([keras.ops.ones((2, 3)), keras.ops.ones((2, 1))]).shape
    (2, 4)

    ```
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Check that the inputs fit together."""
        if not input_shape or not isinstance(input_shape[0], (list, tuple)):
            check_list(None, 1, self.name)
        shapes = [tuple(s) for s in input_shape]
        received = " and ".join(map(str, shapes))
        if len({len(s) for s in shapes}) > 1:
            raise ShapeError(f"The inputs of {self.name!r} have one number of axes.", received=received)
        axis = canonical_axis(self.axis, len(shapes[0]))
        for i, sizes in enumerate(zip(*shapes, strict=True)):
            if i != axis and len(set(sizes) - {None}) > 1:
                raise ShapeError(
                    f"The inputs of {self.name!r} have one shape but for axis {self.axis}.", received=received
                )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The joined tensors."""
        check_list(inputs, 1, self.name)
        return ops.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The joined masks: an input without one is all data."""
        if mask is None or all(m is None for m in mask):
            return None
        masks = []
        for x, given in zip(inputs, mask, strict=True):
            if given is None:
                full = ops.ones_like(x, dtype="bool")
            else:
                full = given
                while len(full.shape) < len(x.shape):
                    full = ops.expand_dims(full, axis=-1)
                full = ops.broadcast_to(ops.cast(full, "bool"), ops.shape(x))
            masks.append(full)
        return ops.any(ops.concatenate(masks, axis=self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)
