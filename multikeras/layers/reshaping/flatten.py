"""Flatten: all axes but the first as one."""

from __future__ import annotations

from typing import Any

from multikeras import config, ops
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer


class Flatten(Layer):
    """The entries of each sample in one axis; samples without axes get one of size 1.

    Args:
        data_format: Where the channels are. They end up innermost in both formats.

    ```python
    >>> import multikeras as keras
    >>> Flatten()(keras.ops.ones((4, 3, 2))).shape
    (4, 6)

    ```
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """The flat samples."""
        ndim = len(inputs.shape)
        if self.data_format == "channels_first" and ndim > 2:
            inputs = ops.transpose(inputs, (0, *range(2, ndim), 1))
        sizes = ops.shape(inputs)
        size = 1
        for s in sizes[1:]:
            if s is None or not isinstance(s, int):
                # One axis may be worked out from the others, if all of those are known.
                return ops.reshape(inputs, (sizes[0], -1))
            size *= s
        return ops.reshape(inputs, (-1 if size else sizes[0], size))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format}
