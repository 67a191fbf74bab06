"""Cropping1D: steps without their ends."""

from __future__ import annotations

from typing import Any

from multikeras.layers.reshaping.base_cropping import BaseCropping
from multikeras.layers.reshaping.borders import ends


class Cropping1D(BaseCropping):
    """Steps without the entries at both ends of the steps.

    Args:
        cropping: How many entries are cut off: an integer for both ends, or one for each.

    Call:
        inputs: A tensor of shape (batch, steps, channels).

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> Cropping1D((1, 2))(keras.ops.ones((2, 8, 3))).shape
    (2, 5, 3)

    ```
    """

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        found = ends("cropping", cropping)
        super().__init__((found,), False, **kwargs)
        self.cropping = found

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), **self._config_of("cropping")}
