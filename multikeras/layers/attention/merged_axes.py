"""Tensors whose steps lie along any axes, as ones of shape (batch, steps, ...), and back."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.errors import ShapeError
from multikeras.layers.attention import allowed as masks


class MergedAxes:
    """Which axes of a tensor are steps; the others but the last are batch axes.

    Args:
        rank: How many axes tensors have, batch and features among them.
        axes: Those of steps; they may count from the end. All but the first and the last where it is `None`.

    Raises:
        ShapeError: These are no axes between the first and the last.
    """

    def __init__(self, rank: int, axes: tuple[int, ...] | None) -> None:
        self.rank = rank
        given = tuple(range(1, rank - 1)) if axes is None else axes
        self.axes = tuple(a if a >= 0 else rank + a for a in given)
        if not self.axes or any(not 0 < a < rank - 1 for a in self.axes) or len(set(self.axes)) != len(self.axes):
            raise ShapeError(
                "`attention_axes` lie between the axes of batch and features, each named once.",
                received=f"{axes}, tensors with {rank} axes",
            )
        # Batch axes first, then those of steps; `None` where they are in this order.
        order = (*(i for i in range(rank - 1) if i not in self.axes), *self.axes)
        self.order = None if order == tuple(range(rank - 1)) else order
        self.batch = rank - 1 - len(self.axes)
        self.plain = rank == 3

    def sizes(self, x: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The sizes of batch axes, and of those of steps."""
        found = ops.shape(x)[: self.rank - 1]
        if self.order is not None:
            found = tuple(found[i] for i in self.order)
        return found[: self.batch], found[self.batch :]

    def merge(self, x: Any, sizes: Any) -> Any:
        """Shape (..., a, b) as (batch, steps, a, b)."""
        if self.plain:
            return x
        if self.order is not None:
            x = ops.transpose(x, (*self.order, self.rank - 1, self.rank))
        return ops.reshape(x, (math.prod(sizes[0]), math.prod(sizes[1]), *x.shape[-2:]))

    def part(self, x: Any, sizes: Any) -> Any:
        """The reverse of `merge`."""
        if self.plain:
            return x
        x = ops.reshape(x, (*sizes[0], *sizes[1], *x.shape[-2:]))
        if self.order is None:
            return x
        back = (*(self.order.index(i) for i in range(self.rank - 1)), self.rank - 1, self.rank)
        return ops.transpose(x, back)

    def steps(self, mask: Any, x: Any, name: str, layer: str) -> Any:
        """A mask of steps, of the shape of `x` without its last axis, as one of pairs. See `steps_allowed`."""
        mask = masks.checked_steps(mask, tuple(x.shape), name, layer)
        if not self.plain:
            batch, steps = self.sizes(x)
            mask = mask if self.order is None else ops.transpose(mask, self.order)
            mask = ops.reshape(mask, (math.prod(batch), math.prod(steps)))
        return ops.expand_dims(mask, (1, 3) if name == "query_mask" else (1, 2))

    def pairs(self, mask: Any, queries: Any, keys: Any, heads: int, layer: str) -> Any:
        """An `attention_mask` as one that broadcasts to (batch, heads, queries, keys)."""
        logits = (*queries[0], heads, *queries[1], *keys[1])
        known = tuple(s if isinstance(s, int) else None for s in logits)
        mask = masks.checked_pairs(mask, known, 2 * len(self.axes), layer)
        if self.plain:
            return mask
        whole = ops.broadcast_to(mask, logits)
        return ops.reshape(whole, (math.prod(queries[0]), heads, math.prod(queries[1]), math.prod(keys[1])))
