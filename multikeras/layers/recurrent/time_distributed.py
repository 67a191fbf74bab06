"""TimeDistributed: a layer applied to each step of a sequence."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.errors import ShapeError
from multikeras.layers.core.wrapper import Wrapper
from multikeras.ops.looping import scan_flat
from multikeras.state.scope import name_scope


class TimeDistributed(Wrapper):
    """A layer applied to each step of a sequence.

    The steps of all sequences are one batch to the layer, but where it learns statistics of batches: then it is called
    for one step after another, as in Keras.

    Args:
        layer: The layer.

    Call:
        inputs: A tensor of shape (batch, steps, ...).
        mask: Bools of shape (batch, steps, ...), which the layer is given if it takes a mask.

    Raises:
        ShapeError: The inputs have fewer than three axes, or the mask has other batch or step sizes.

    ```python
    >>> import multikeras as keras
    >>> TimeDistributed(keras.layers.Dense(2))(keras.ops.ones((4, 5, 3))).shape
    (4, 5, 2)

    ```
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def _step_shape(self, shape: Any) -> tuple[Any, ...]:
        if not isinstance(shape, (tuple, list)) or len(shape) < 3:
            raise ShapeError(
                f"The layer {self.name!r} takes inputs with at least three axes: batch, steps and features.",
                received=f"shape {shape}",
            )
        return (shape[0], *shape[2:])

    def build(self, input_shape: Any) -> None:
        """Build the layer inside for one step."""
        with name_scope(self.name):
            super().build(self._step_shape(input_shape))
        self.layer._freeze()

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The layer's shape, with the axis of steps."""
        inner = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (inner[0], input_shape[1], *inner[1:])

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The layer's outputs, steps along the second axis."""
        layer = self.layer
        signature = layer._call_signature
        keywords = {"training": training} if signature.takes_training else {}
        if mask is not None:
            self._check_mask(tuple(inputs.shape), tuple(mask.shape))
        masked = mask is not None and "mask" in signature.mask_of
        if training and layer.non_trainable_weights and layer.trainable:
            return self._stepwise(inputs, mask if masked else None, keywords)
        steps = inputs.shape[1]
        flat = _joined(inputs)
        if masked:
            keywords["mask"] = _joined(mask)
        found = layer(flat, **keywords)
        batch, count = ops.shape(inputs)[:2]
        if steps is not None and 0 not in found.shape:
            return ops.reshape(found, (-1, steps, *found.shape[1:]))
        return ops.reshape(found, (batch, count, *found.shape[1:]))

    def _stepwise(self, inputs: Any, mask: Any, keywords: dict[str, Any]) -> Any:
        xs = [ops.swapaxes(inputs, 0, 1)]
        if mask is not None:
            xs.append(ops.swapaxes(mask, 0, 1))

        def step(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
            more = {"mask": x[1]} if mask is not None else {}
            return [], [self.layer(x[0], **keywords, **more)]

        _, (found,) = scan_flat(step, [], xs)
        return ops.swapaxes(found, 0, 1)

    def _check_mask(self, shape: tuple[Any, ...], mask: tuple[Any, ...]) -> None:
        if len(mask) < 2 or any(
            a is not None and b is not None and a != b for a, b in zip(shape[:2], mask, strict=False)
        ):
            raise ShapeError(
                f"The mask of layer {self.name!r} has the batch and the steps of its inputs.",
                received=f"mask of shape {mask} for inputs of shape {shape}",
            )


def _joined(x: Any) -> Any:
    """The first two axes as one."""
    rest = x.shape[2:]
    if None in x.shape:
        sizes = ops.shape(x)
        return ops.reshape(x, (-1 if None not in rest else sizes[0] * sizes[1], *sizes[2:]))
    return ops.reshape(x, (math.prod(x.shape[:2]), *rest))
