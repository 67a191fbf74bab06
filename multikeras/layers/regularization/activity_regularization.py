"""ActivityRegularization: a loss of what passes through."""

from __future__ import annotations

from typing import Any

from multikeras import regularizers
from multikeras.layers.layer import Layer


class ActivityRegularization(Layer):
    """The inputs; `l1 * sum(|x|) + l2 * sum(x ** 2)`, divided by the batch size, is added to the loss.

    Args:
        l1: The factor of absolute values.
        l2: The factor of squares.

    ```python
    >>> import multikeras as keras
    >>> layer = ActivityRegularization(l2=0.5)
    >>> layer(keras.ops.array([[1.0, 2.0]])).tolist(), float(layer.losses[0])
    ([[1.0, 2.0]], 2.5)

    ```
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The inputs."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        config = super().get_config()
        del config["activity_regularizer"]
        return {**config, "l1": self.l1, "l2": self.l2}
