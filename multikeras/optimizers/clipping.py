"""Gradient clipping.

Source: Pascanu, Mikolov, Bengio (2013), "On the difficulty of training recurrent neural networks", ICML, algorithm 1.
"""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.backend.contract import Many


def clip_by_norm(gradient: Any, bound: float) -> Any:
    """The gradient, shortened to an L2 norm of at most `bound`: `g * bound / max(|g|, bound)`."""
    norm = ops.sqrt(ops.sum(ops.square(gradient)))
    return ops.divide(ops.multiply(gradient, bound), ops.maximum(norm, bound))


def clip_by_global_norm(gradients: list[Any], bound: float, many: Many | None = None) -> list[Any]:
    """The gradients, shortened alike so that their common L2 norm is at most `bound`.

    Args:
        gradients: The gradients.
        bound: The greatest norm.
        many: The backend's own functions for many tensors, where it has them.
    """
    if many is not None:
        norm = many.norm(gradients)
    else:
        total = None
        for g in gradients:
            square = ops.sum(ops.square(g))
            total = square if total is None else ops.add(total, square)
        norm = ops.sqrt(total)
    # An infinite norm makes every gradient nan, which cannot go unseen, instead of all but one zero.
    scale = ops.add(ops.divide(bound, ops.maximum(norm, bound)), ops.subtract(norm, norm))
    if many is not None:
        return many.multiplied(gradients, scale)
    return [ops.multiply(g, ops.cast(scale, ops.dtype(g))) for g in gradients]
