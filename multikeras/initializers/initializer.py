"""Initializer: what makes the first value of a variable."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.backend.spec import Shape
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, NotSupportedError


class Initializer:
    """The base of all initializers: called with a shape and a dtype, it returns a tensor.

    Values are computed on the host, so that they are bit-identical on all backends. A subclass defines `array`, or, to
    use ops, `__call__`.

    ```python
    >>> class Twos(Initializer):
    ...     def array(self, shape, dtype):
    ...         return np.full(shape, 2.0)
    >>> Twos()((2,)).tolist()
    [2.0, 2.0]

    ```
    """

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        """A tensor of that shape and dtype (floatx by default)."""
        name = lattice.standardize(dtype)
        sizes = tuple(int(s) for s in shape)  # type: ignore[arg-type] - a variable's sizes are known
        array = np.asarray(self.array(sizes, name))
        return ops.convert_to_tensor(array.astype(lattice.numpy_dtype(name), copy=False))

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The values as a NumPy array, of `dtype` or one that is cast to it."""
        raise NotSupportedError(f"{type(self).__name__} defines `array` or `__call__`.")

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The initializer of a `get_config`."""
        return cls(**config)

    def clone(self) -> Any:
        """An equal initializer."""
        return type(self).from_config(self.get_config())


def check_positive(name: str, value: Any) -> None:
    """Raise `ArgumentError` unless a number is above zero."""
    if not value > 0:
        raise ArgumentError(f"`{name}` is above zero.", received=f"{name}={value}")
