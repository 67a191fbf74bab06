"""What the pooling layers in one to three dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import config
from multikeras.errors import ArgumentError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.convolutional.base_windowed import sizes
from multikeras.layers.layer import Layer


class BasePooling(Layer):
    """The base of layers that reduce windows.

    Args:
        rank: The number of spatial axes.
        pool_size: The window's size.
        strides: The distance of windows, `pool_size` by default.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
    """

    def __init__(
        self, rank: int, pool_size: Any, strides: Any, padding: str, data_format: str | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = sizes("pool_size", pool_size, rank)
        self.strides = self.pool_size if strides is None else sizes("strides", strides, rank)
        self.padding = str(padding).lower()
        if self.padding not in ("valid", "same"):
            raise ArgumentError("`padding` is 'valid' or 'same'.", received=f"padding={padding!r}")
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("pool_size", "padding", "strides", "data_format")}


class BaseGlobalPooling(Layer):
    """The base of layers that reduce all spatial axes.

    Args:
        rank: The number of spatial axes.
        data_format: `"channels_last"` or `"channels_first"`.
        keepdims: Whether the spatial axes stay, with size 1.
    """

    def __init__(self, rank: int, data_format: str | None, keepdims: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.keepdims = bool(keepdims)
        self.input_spec = InputSpec(ndim=rank + 2)
        first = 1 if self.data_format == "channels_last" else 2
        self._spatial = tuple(range(first, first + rank))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("data_format", "keepdims")}
