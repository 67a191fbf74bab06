"""Identity: hands its inputs on."""

from __future__ import annotations

from typing import Any

from multikeras.layers.layer import Layer


class Identity(Layer):
    """The inputs themselves.

    ```python
    >>> import multikeras as keras
    >>> Identity()(keras.ops.array([[1.0]])).tolist()
    [[1.0]]

    ```
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The inputs."""
        return inputs
