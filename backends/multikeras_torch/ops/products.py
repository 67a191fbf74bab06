"""Products of matrices and tensors.

Torch multiplies matrices of floats and complex numbers; of integers on CPUs alone, where int8 overflows; not of bools.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.ops.products import contracted_axes, product_dtype
from multikeras_torch.table import table
from multikeras_torch.tensors import name_of, native_dtype

table.takes_tensors_only("dot", "einsum", "inner", "matmul", "outer", "tensordot", "vdot")
_MULTIPLIED = frozenset(
    {torch.float32, torch.bfloat16, torch.float16, torch.float64, torch.complex64, torch.complex128}
)


def _exactly(product: Callable, first: Any, *rest: Any) -> Any:
    """A product of integers, bools or 8-bit floats, of one dtype."""
    result = native_dtype(product_dtype(name_of(first.dtype)))
    operands = (first, *rest)
    if first.is_floating_point():
        return product(*(x.to(torch.float32) for x in operands)).to(result)
    if first.dtype is torch.bool:
        return product(*(x.to(torch.float32) for x in operands)) != 0
    if first.is_cpu:
        return product(*(x.to(torch.int64) for x in operands)).to(result)
    # No kernels for integers: exact up to 2**53.
    return product(*(x.to(torch.float64) for x in operands)).to(torch.int64).to(result)


@table.implements(ops.matmul)
def matmul(x1: Any, x2: Any) -> Any:
    return torch.matmul(x1, x2) if x1.dtype in _MULTIPLIED else _exactly(torch.matmul, x1, x2)


def _same_dtype(x: Any, result: Any) -> Any:
    # Only `matmul` and `einsum` sum up int8 in int32.
    return result if result.dtype is x.dtype else result.to(x.dtype)


@table.implements(ops.tensordot)
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    axes = contracted_axes(axes, x1.ndim, x2.ndim)
    for i, j in zip(*axes, strict=True):
        if x1.shape[i] != x2.shape[j]:
            # Torch would broadcast an axis of size 1.
            raise ValueError("axes of two sizes")
    if x1.dtype in _MULTIPLIED:
        return torch.tensordot(x1, x2, axes)
    return _same_dtype(x1, _exactly(lambda a, b: torch.tensordot(a, b, axes), x1, x2))


@table.implements(ops.dot)
def dot(x1: Any, x2: Any) -> Any:
    if x1.ndim == 0 or x2.ndim == 0:
        return table.native["multiply"](x1, x2)
    if x2.ndim <= 2:
        return _same_dtype(x1, matmul(x1, x2))
    return tensordot(x1, x2, ([-1], [-2]))


@table.implements(ops.inner)
def inner(x1: Any, x2: Any) -> Any:
    if x1.ndim == 0 or x2.ndim == 0:
        return table.native["multiply"](x1, x2)
    return torch.inner(x1, x2) if x1.dtype in _MULTIPLIED else _same_dtype(x1, _exactly(torch.inner, x1, x2))


@table.implements(ops.outer)
def outer(x1: Any, x2: Any) -> Any:
    return table.native["multiply"](x1.reshape(-1, 1), x2.reshape(1, -1))


@table.implements(ops.vdot)
def vdot(x1: Any, x2: Any) -> Any:
    if x1.is_complex():
        x1 = x1.conj()
    return dot(x1.reshape(-1), x2.reshape(-1))


@table.implements(ops.einsum)
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    if operands[0].dtype in _MULTIPLIED:
        return torch.einsum(subscripts, *operands)
    return _exactly(lambda *xs: torch.einsum(subscripts, *xs), *operands)


_CROSSED = frozenset({torch.float32, torch.float64, torch.complex64, torch.complex128, torch.int32, torch.int64})


@table.implements(ops.cross)
def cross(x1: Any, x2: Any, axisa: int, axisb: int, axisc: int, axis: int | None) -> Any:
    along = axisa if axis is None else axis
    alike = axis is not None or axisa == axisb == axisc
    if not alike or x1.ndim != x2.ndim or x1.dtype not in _CROSSED or x1.shape[along] != 3 or x2.shape[along] != 3:
        return table.composite(ops.cross)(x1, x2, axisa, axisb, axisc, axis)
    return torch.linalg.cross(x1, x2, dim=along)


table.takes_tensors_only("cross")
