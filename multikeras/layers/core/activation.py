"""Activation: a function, as a layer."""

from __future__ import annotations

from typing import Any

from multikeras import activations
from multikeras.layers.layer import Layer


class Activation(Layer):
    """`activation(inputs)`.

    Args:
        activation: A function, or its name.

    ```python
    >>> Activation("relu")([[-1.0, 2.0]]).tolist()
    [[0.0, 2.0]]

    ```
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The activated inputs."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("activation")}
