"""ELU: exponentials below zero."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.layer import Layer


class ELU(Layer):
    """`x` above zero, `alpha * (exp(x) - 1)` below.

    Args:
        alpha: The negative of the limit far below zero.

    Source: Clevert, Unterthiner, Hochreiter (2016), "Fast and accurate deep network learning by exponential linear
    units", ICLR, eq. 15.

    ```python
    >>> ELU()([[-1000.0, 2.0]]).tolist()
    [[-1.0, 2.0]]

    ```
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The activated inputs."""
        return ops.elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "alpha": self.alpha}
