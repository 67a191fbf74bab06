"""Softmax: exponentials that add up to 1, over the entries that a mask leaves."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ShapeError
from multikeras.layers.layer import Layer


class Softmax(Layer):
    """`exp(x) / sum(exp(x))` along an axis or several.

    Args:
        axis: The axis, or axes.

    Call:
        inputs: Floats of any shape. `mask`: a tensor that broadcasts with them; entries where it is `False` (or not
            above 0.5) count for nothing and are 0 in the output. Where it leaves no entry, all are 0.

    Raises:
        ShapeError: The mask does not broadcast with the inputs.

    ```python
    >>> import multikeras as keras
    >>> Softmax()(keras.ops.array([[1.0, 1.0, 5.0]]), mask=keras.ops.array([[True, True, False]])).tolist()
    [[0.5, 0.5, 0.0]]

    ```
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The weights."""
        if mask is None:
            return ops.softmax(inputs, self.axis)
        check_broadcasts(tuple(mask.shape), tuple(inputs.shape), self.name)
        if ops.dtype(mask) != "bool":
            mask = ops.greater(mask, 0.5)
        # The least numbers that are safe to subtract from.
        lowest = -3e4 if ops.dtype(inputs) == "float16" else -1e9
        return ops.where(mask, ops.softmax(ops.where(mask, inputs, lowest), self.axis), 0.0)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}


def check_broadcasts(mask: tuple[Any, ...], inputs: tuple[Any, ...], layer: str) -> None:
    """Raise unless a mask's sizes, aligned at the right, are 1 or those of the inputs.

    Raises:
        ShapeError: They are not.
    """
    pairs = zip(mask[::-1], inputs[::-1], strict=False)
    if len(mask) > len(inputs) or any(m not in (1, None) and n is not None and m != n for m, n in pairs):
        raise ShapeError(
            f"A mask for {layer!r} broadcasts with the inputs.", received=f"mask of shape {mask}, inputs of {inputs}"
        )
