"""The four operations and what is next to them, entry by entry."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


@jax.custom_jvp
def _of_real(x: Any) -> Any:
    return jnp.abs(x)


@_of_real.defjvp
def _of_real_jvp(primals: Any, tangents: Any) -> Any:
    # JAX's own gradient is 1 at 0.
    return _of_real(primals[0]), tangents[0] * jnp.sign(primals[0])


def _absolute(x: Any) -> Any:
    return _of_real(x) if jnp.issubdtype(x.dtype, jnp.floating) else jnp.abs(x)


table.alias(
    absolute=compiled(_absolute),
    add=compiled(jnp.add),
    divide=compiled(jnp.true_divide),
    floor_divide=compiled(jnp.floor_divide),
    mod=compiled(jnp.mod),
    multiply=compiled(jnp.multiply),
    negative=compiled(jnp.negative),
    reciprocal=compiled(jnp.reciprocal),
    square=compiled(jnp.square),
    subtract=compiled(jnp.subtract),
)


@table.implements(ops.divide_no_nan)
@compiled
def divide_no_nan(x1: Any, x2: Any) -> Any:
    zero = x2 == 0
    return jnp.where(zero, 0, x1 / jnp.where(zero, 1, x2))


_whole_power = compiled(jnp.power, 1)


@table.implements(ops.power)
def power(x1: Any, x2: Any) -> Any:
    if type(x2) is int and x2 >= 0:
        # Known when it is compiled: a product.
        return _whole_power(x1, x2)
    return _power(x1, x2)


@compiled
def _power(x1: Any, x2: Any) -> Any:
    dtype = jnp.result_type(x1, x2)
    x1, x2 = jnp.asarray(x1, dtype), jnp.asarray(x2, dtype)
    if x2.dtype.kind != "i":
        return jnp.power(x1, x2)
    # 1 and -1 keep their value up to the sign under negative powers of integers, all others vanish.
    whole = jnp.power(x1, jnp.where(x2 < 0, x2 & 1, x2))
    return jnp.where((x2 < 0) & (jnp.abs(x1) != 1), 0, whole)
