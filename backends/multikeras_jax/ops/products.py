"""Products of matrices and tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras.ops._einsum import einsum_shape
from multikeras.ops.products import product_dtype
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _matmul(x1: Any, x2: Any) -> Any:
    return jnp.matmul(x1, x2, preferred_element_type=product_dtype(x1.dtype.name))


def _tensordot(x1: Any, x2: Any, axes: Any) -> Any:
    if isinstance(axes, int) and axes < 0:
        raise ValueError("a number of axes from 0 on")
    return jnp.tensordot(x1, x2, axes)


table.takes_tensors_only("dot", "inner", "matmul", "outer", "tensordot", "vdot")
table.alias(
    dot=compiled(jnp.dot),
    inner=compiled(jnp.inner),
    matmul=compiled(_matmul),
    outer=compiled(jnp.outer),
    tensordot=compiled(_tensordot, 2),
    vdot=compiled(jnp.vdot),
)


def _contract(subscripts: str, optimize: Any, *operands: Any) -> Any:
    # JAX broadcasts axes of one operand with each other.
    einsum_shape(subscripts, tuple(x.shape for x in operands))
    dtype = operands[0].dtype.name
    # A common dtype of int8 means that all operands are.
    return jnp.einsum(subscripts, *operands, optimize=optimize, preferred_element_type=product_dtype(dtype))


_einsum: Callable = compiled(_contract, 0, 1)


@table.implements(ops.einsum)
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    return _einsum(subscripts, kwargs.get("optimize", "optimal"), *operands)


def _crossed(x1: Any, x2: Any, *axes: Any) -> Any:
    return jnp.cross(x1, x2, *axes)


_cross = compiled(_crossed, 2, 3, 4, 5)


@table.implements(ops.cross)
def cross(x1: Any, x2: Any, axisa: int, axisb: int, axisc: int, axis: int | None) -> Any:
    a, b = (axisa, axisb) if axis is None else (axis, axis)
    kernel = _cross if x1.shape[a] == x2.shape[b] == 3 else table.compiled_composite(ops.cross)
    return kernel(x1, x2, axisa, axisb, axisc, axis)


table.takes_tensors_only("cross")
