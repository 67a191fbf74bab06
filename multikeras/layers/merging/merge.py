"""Merge: the base of layers that combine tensors entry by entry."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import NotSupportedError, ShapeError, StructureError
from multikeras.layers.layer import Layer
from multikeras.ops._rules import broadcast_shapes


def check_list(inputs: Any, least: int, layer: str) -> None:
    """Raise `StructureError` unless the inputs are a list of at least so many."""
    if not isinstance(inputs, (list, tuple)) or len(inputs) < least:
        received = f"a list of {len(inputs)}" if isinstance(inputs, (list, tuple)) else "one tensor"
        raise StructureError(
            f"Layer {layer!r} takes a list of at least {least} tensors.", received=received, hint="layer([a, b])"
        )


class Merge(Layer):
    """The base of layers that combine a list of tensors entry by entry, with broadcasting behind the batch axis."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def merge(self, inputs: list[Any]) -> Any:
        """The combination of tensors with equal numbers of axes."""
        raise NotSupportedError(f"{type(self).__name__} defines `merge`.")

    def build(self, input_shape: Any) -> None:
        """Check that the inputs fit together."""
        if not input_shape or not isinstance(input_shape[0], (list, tuple)):
            check_list(None, 1, self.name)
        batches = {s[0] for s in input_shape if s} - {None}
        if len(batches) > 1:
            raise ShapeError(
                f"The inputs of {self.name!r} have one batch size.", received=" and ".join(map(str, input_shape))
            )
        try:
            # Missing axes are added behind the batch axis, so the rest is aligned at the right.
            broadcast_shapes(*(tuple(s[1:]) for s in input_shape))
        except ShapeError:
            raise ShapeError(
                f"The inputs of {self.name!r} broadcast behind the batch axis.",
                received=" and ".join(map(str, input_shape)),
            ) from None
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The combination."""
        check_list(inputs, 1, self.name)
        most = max(len(x.shape) for x in inputs)
        aligned = []
        for x in inputs:
            for _ in range(most - len(x.shape)):
                x = ops.expand_dims(x, axis=1)
            aligned.append(x)
        return self.merge(aligned)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """A step is padding where it is in all inputs; there is no mask where an input has none."""
        if mask is None or any(m is None for m in mask):
            return None
        return fold(ops.logical_or, list(mask))


def fold(function: Any, inputs: list[Any]) -> Any:
    """`function` over a list, from the left."""
    result = inputs[0]
    for x in inputs[1:]:
        result = function(result, x)
    return result
