"""Masking: steps that hold one value everywhere are padding."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.layer import Layer
from multikeras.state.masks import set_mask


class Masking(Layer):
    """Zeros, and a mask of `False`, for the steps whose entries all are `mask_value`.

    Args:
        mask_value: A number, or an array of the size of the last axis.

    Call:
        inputs: A tensor of shape (batch, steps, ..., features). The mask has the shape without the last axis.

    ```python
    >>> import multikeras as keras
    >>> Masking()(keras.ops.array([[[1.0, 0.0], [0.0, 0.0]]])).tolist()
    [[[1.0, 0.0], [0.0, 0.0]]]

    ```
    """

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(mask_value, dict) and "config" in mask_value:
            from multikeras.saving.serialization import deserialize_keras_object

            mask_value = deserialize_keras_object(mask_value)
        self.mask_value = mask_value
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The inputs, with zeros for padding."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), -1, True)
        outputs = ops.where(kept, inputs, 0)
        set_mask(outputs, ops.squeeze(kept, -1))
        return outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """`False` for steps that are padding."""
        return ops.any(ops.not_equal(inputs, self.mask_value), -1)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("mask_value")}
