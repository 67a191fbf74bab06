"""Wrapper: a layer around another."""

from __future__ import annotations

from typing import Any

from multikeras.errors import ArgumentError
from multikeras.layers.layer import Layer


class Wrapper(Layer):
    """The base of layers that change what another layer does. A subclass defines `call`.

    Args:
        layer: The layer.

    Raises:
        ArgumentError: It is none.

    ```python
    >>> import multikeras as keras
    >>> class Doubled(Wrapper):
    ...     def call(self, x):
    ...         return 2 * self.layer(x)
    >>> Doubled(keras.layers.Identity())(keras.ops.array([1.0])).tolist()
    [2.0]

    ```
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(layer, Layer):
            raise ArgumentError(
                f"{type(self).__name__} wraps a layer.", received=repr(layer), hint="keras.layers.Dense(4)"
            )
        self.layer: Any = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("layer")}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        config = dict(config)
        layer = deserialize_keras_object(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)
