"""The same entries in another shape or order."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras.ops._rules import canonical_axes
from multikeras.ops._shapes import known_newshape
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _whole(turn: Any) -> Any:
    """A function that JAX takes fractions for, whose second argument is a whole number."""

    def run(x: Any, count: Any, axes: Any) -> Any:
        if type(count) is float:
            raise TypeError("a fraction")
        return turn(x, count, axes)

    return run


def _moved(x: Any, source: Any, destination: Any) -> Any:
    # JAX takes a destination twice.
    canonical_axes(destination, x.ndim)
    return jnp.moveaxis(x, source, destination)


table.alias(
    broadcast_to=compiled(jnp.broadcast_to, 1),
    expand_dims=compiled(jnp.expand_dims, 1),
    flip=compiled(jnp.flip, 1),
    moveaxis=compiled(_moved, 1, 2),
    ravel=compiled(jnp.ravel),
    roll=_whole(compiled(jnp.roll, 1, 2)),
    rot90=_whole(compiled(jnp.rot90, 1, 2)),
    squeeze=compiled(jnp.squeeze, 1),
    swapaxes=compiled(jnp.swapaxes, 1, 2),
    transpose=compiled(jnp.transpose, 1),
)

_reshape = compiled(jnp.reshape, 1)


@table.implements(ops.reshape)
def reshape(x: Any, newshape: Any) -> Any:
    if type(newshape) is not int and None in newshape:
        newshape = known_newshape(newshape)
    return _reshape(x, newshape)
