"""Sums, products and extremes along axes."""

import math
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype, standardize
from multikeras.ops._rules import accumulated, canonical_axes, canonical_axis
from multikeras_template.precision import NARROW, in_float32
from multikeras_template.table import table
from multikeras_template.tensors import cast


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim)) if axis is None else canonical_axes(axis, x.ndim)


@table.implements(ops.sum)
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    name = accumulated(x.dtype.name)
    total = anp.sum(x, axis=_axes(x, axis), keepdims=keepdims, dtype="float32" if name in NARROW else numpy_dtype(name))
    return cast(total, name)


@table.implements(ops.mean)
def mean(x: Any, axis: Any, keepdims: bool) -> Any:
    wide = cast(x, "float32") if x.dtype.name in NARROW else x
    total = sum(wide, axis, keepdims)
    count = np.prod([x.shape[i] for i in _axes(x, axis)])
    return cast(total / np.asarray(count, wide.dtype), x.dtype.name)


@table.implements(ops.prod)
def prod(x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    # By halves: Autograd's gradient divides by the entries, which fails where one is 0.
    name = accumulated(x.dtype.name) if dtype is None else standardize(dtype)
    axes = _axes(x, axis)
    x = cast(x, "float32" if name in NARROW else name)
    x = anp.transpose(x, (*axes, *(i for i in range(x.ndim) if i not in axes)))
    x = anp.reshape(x, (math.prod(x.shape[: len(axes)]), *x.shape[len(axes) :]))
    while len(x) > 1:
        half = len(x) // 2
        x = anp.concatenate([x[:half] * x[half : 2 * half], x[2 * half :]])
    x = x[0] if len(x) else np.ones(x.shape[1:], x.dtype)
    return cast(anp.expand_dims(x, axes) if keepdims else x, name)


def _cumulative(run: Callable) -> Callable:
    def cumulative(x: Any, axis: int | None, dtype: Any) -> Any:
        name = x.dtype.name if dtype is None else standardize(dtype)
        wide = cast(x, "float32" if name in NARROW else name)
        return cast(run(anp.reshape(wide, (-1,)), 0) if axis is None else run(wide, canonical_axis(axis, x.ndim)), name)

    return cumulative


def _cumprod(x: Any, axis: int) -> Any:
    """Each entry times all before it, by products with the entries 1, 2, 4, ... places before."""
    x = anp.moveaxis(x, axis, 0)
    step = 1
    while step < len(x):
        x = anp.concatenate([x[:step], x[step:] * x[:-step]])
        step *= 2
    return anp.moveaxis(x, 0, axis)


table.alias(cumsum=_cumulative(anp.cumsum), cumprod=_cumulative(_cumprod))


def _extreme(reduce: Callable, combine: Callable) -> Callable:
    def extreme(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
        if initial is None:
            return reduce(x, axis=_axes(x, axis), keepdims=keepdims)
        start = np.asarray(initial).astype(x.dtype)
        if x.size == 0:
            return reduce(getval(x), axis=_axes(x, axis), keepdims=keepdims, initial=start)
        return combine(reduce(x, axis=_axes(x, axis), keepdims=keepdims), start)

    return extreme


table.alias(max=_extreme(anp.max, anp.maximum), min=_extreme(anp.min, anp.minimum))


def _truth(reduce: Callable) -> Callable:
    return lambda x, axis, keepdims: reduce(getval(x) != 0, axis=_axes(x, axis), keepdims=keepdims)


def _position(reduce: Callable) -> Callable:
    return lambda x, axis, keepdims: reduce(getval(x), axis=axis, keepdims=keepdims).astype(np.int32)


table.alias(all=_truth(np.all), any=_truth(np.any), argmax=_position(np.argmax), argmin=_position(np.argmin))
table.alias(svd=in_float32(lambda x, f, v: (tuple if v else abs)(anp.linalg.svd(x, f, v))))
table.alias(eigh=in_float32(lambda x: tuple(anp.linalg.eigh((x + anp.conj(anp.linalg.T(x))) / 2))))
table.alias(eig=lambda x: tuple(anp.linalg.eig(x + 0j)))
