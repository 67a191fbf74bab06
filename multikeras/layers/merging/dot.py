"""Dot: products of two tensors sample by sample."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.layers.layer import Layer
from multikeras.ops._rules import canonical_axis


class Dot(Layer):
    """The product of two tensors, summed over one axis of each, sample by sample.

    The result has the axes of the first input without the summed one, then those of the second without the batch axis
    and the summed one; a product of vectors has shape (batch, 1).

    Args:
        axes: The summed axis, or a pair: of the first input and of the second.
        normalize: Whether the inputs are first given the length 1 along those axes, so that products are cosines.

    Raises:
        ArgumentError: `axes` is neither an integer nor a pair of them, or names the batch axis.

    ```python
    >>> import multikeras as keras
    >>> Dot(axes=1)([keras.ops.ones((2, 3)), keras.ops.ones((2, 3))]).tolist()
    [[3.0], [3.0]]

    ```
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = axes if isinstance(axes, (list, tuple)) else (axes, axes)
        if len(pair) != 2 or any(isinstance(a, bool) or not isinstance(a, int) for a in pair):
            raise ArgumentError("`axes` is an integer or a pair of them.", received=repr(axes), hint="axes=(2, 1)")
        self.axes = axes
        self.normalize = normalize
        self._pair = tuple(pair)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Check that the inputs fit together."""
        if len(input_shape) != 2 or not isinstance(input_shape[0], (list, tuple)):
            raise StructureError(f"Layer {self.name!r} takes two tensors.", received=f"shapes {input_shape}")
        first, second = map(tuple, input_shape)
        a, b = self._positions(first, second)
        if a == 0 or b == 0:
            raise ArgumentError(
                "Products are taken sample by sample, so not along axis 0.", received=f"axes={self.axes}"
            )
        if first[a] is not None and second[b] is not None and first[a] != second[b]:
            raise ShapeError(
                f"The summed axes of {self.name!r} have one size.", received=f"{first} and {second}, axes={self.axes}"
            )
        self.built = True

    def _positions(self, first: tuple, second: tuple) -> tuple[int, int]:
        return canonical_axis(self._pair[0], len(first), "axes"), canonical_axis(self._pair[1], len(second), "axes")

    def call(self, inputs: Any) -> Any:
        """The products."""
        x, y = inputs
        a, b = self._positions(x.shape, y.shape)
        if self.normalize:
            x, y = ops.normalize(x, axis=a), ops.normalize(y, axis=b)
        letters = iter("bcdefghijklmnopqrstuvwxyz")
        left = "a" + "".join(next(letters) for _ in range(len(x.shape) - 1))
        right = "a" + "".join(next(letters) for _ in range(len(y.shape) - 1))
        right = right[:b] + left[a] + right[b + 1 :]
        kept = left.replace(left[a], "") + right[1:].replace(left[a], "")
        result = ops.einsum(f"{left},{right}->{kept}", x, y)
        return ops.expand_dims(result, axis=1) if len(kept) == 1 else result

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Sums over steps have no mask."""

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """`Dot(axes, **kwargs)(inputs)`."""
    return Dot(axes=axes, **kwargs)(inputs)
