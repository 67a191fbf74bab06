"""Which queries may attend to which keys: masks of steps and pairs, the causal rule and windows, as one mask."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ShapeError
from multikeras.ops._shapes import broadcasts_to
from multikeras.ops.nn.attention import causal_mask


def both(first: Any, second: Any) -> Any:
    """Where two masks allow; `None` allows everything."""
    if first is None or second is None:
        return second if first is None else first
    return ops.logical_and(first, second)


def as_bools(mask: Any) -> Any:
    """A mask with 0 for what is not allowed, as bools."""
    return mask if ops.dtype(mask) == "bool" else ops.cast(mask, "bool")


def checked_steps(mask: Any, shape: tuple[Any, ...], name: str, layer: str) -> Any:
    """The mask of the steps of a tensor, as bools.

    Args:
        mask: Shape (batch, steps).
        shape: The tensor's shape, (batch, steps, features).
        name: The argument's name.
        layer: The layer's name.

    Raises:
        ShapeError: It is no mask of these steps.
    """
    own, wanted = tuple(mask.shape), shape[:-1]
    if len(own) != len(wanted) or any(a != b and None not in (a, b) for a, b in zip(own, wanted, strict=True)):
        raise ShapeError(
            f"`{name}` of {layer!r} has one entry for each step.",
            received=f"mask of shape {own}, a tensor of shape {shape}",
        )
    return as_bools(mask)


def checked_pairs(mask: Any, logits: tuple[Any, ...], steps: int, layer: str) -> Any:
    """An `attention_mask`, as bools with all axes of the logits.

    Args:
        mask: It broadcasts with (batch, queries, keys), or with (batch, heads, queries, keys).
        logits: The shape of the logits.
        steps: How many axes queries and keys have together.
        layer: The layer's name.

    Raises:
        ShapeError: It does not.
    """
    own = tuple(mask.shape)
    mask = as_bools(mask)
    for _ in range(len(logits) - len(own)):
        # The heads are missing, or batch axes are: the axes of queries and keys come last.
        mask = ops.expand_dims(mask, max(-steps - 1, -len(mask.shape) - 1))
    if not broadcasts_to(tuple(mask.shape), logits):
        raise ShapeError(
            f"`attention_mask` of {layer!r} broadcasts to (batch, queries, keys) or (batch, heads, queries, keys).",
            received=f"mask of shape {own}, logits of shape {logits}",
        )
    return mask


def rules_allowed(queries: Any, keys: Any, causal: bool, window: int | None) -> Any:
    """What the causal rule and a window around each query allow: shape (queries, keys), `None` for everything."""
    allowed = causal_mask(queries, keys) if causal else None
    if window is None:
        return allowed
    apart = ops.subtract(ops.reshape(ops.arange(queries), (queries, 1)), ops.arange(keys))
    return both(allowed, ops.less(ops.absolute(apart), window))
