"""Whole numbers near by, signs and bounds, entry by entry."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _round(x: Any, decimals: int) -> Any:
    if x.dtype.kind not in "iu":
        # In a few digits alone a number next to a half would become one, and go the other way.
        wide = x.astype(jnp.float32) if decimals and x.dtype.itemsize <= 2 else x
        return jnp.round(wide, decimals).astype(x.dtype)
    if decimals >= 0:
        return x
    step = 10**-decimals
    if step > jnp.iinfo(x.dtype).max:
        return jnp.zeros_like(x)
    below, rest = jnp.divmod(x, jnp.asarray(step, x.dtype))
    half = step // 2
    up = (rest > half) | ((rest == half) & (below % 2 == 1))
    return (below + up.astype(x.dtype)) * jnp.asarray(step, x.dtype)


def _trunc(x: Any) -> Any:
    return x if x.dtype.kind in "biu" else jnp.trunc(x)


def _clip(x: Any, x_min: Any, x_max: Any) -> Any:
    if x_min is not None:
        x = jnp.maximum(x, x_min)
    return x if x_max is None else jnp.minimum(x, x_max)


@jax.custom_jvp
def _of_complex(x: Any) -> Any:
    return jnp.sign(x)


@_of_complex.defjvp
def _of_complex_jvp(primals: Any, tangents: Any) -> Any:
    # JAX's own gradient is 0. What changes the length of x alone changes nothing.
    direction, size = _of_complex(primals[0]), jnp.abs(primals[0])
    across = tangents[0] - direction * (direction.conj() * tangents[0]).real
    return direction, jnp.where(size == 0, 0, across / jnp.where(size == 0, 1, size))


def _sign(x: Any) -> Any:
    return _of_complex(x) if jnp.iscomplexobj(x) else jnp.sign(x)


table.alias(
    ceil=compiled(jnp.ceil),
    clip=compiled(_clip),
    floor=compiled(jnp.floor),
    maximum=compiled(jnp.maximum),
    minimum=compiled(jnp.minimum),
    round=compiled(_round, 1),
    sign=compiled(_sign),
    trunc=compiled(_trunc),
)
