"""Casting that holds values at the ends of the new range."""

from __future__ import annotations

import functools
from typing import Any

import ml_dtypes
import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError
from multikeras.ops import _rules as rules
from multikeras.ops import conversion
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import DType, Tensor
from multikeras.ops.comparison import greater, less, where
from multikeras.ops.rounding import clip


def _ends(name: str) -> tuple[Any, Any]:
    """The least and the largest finite value of a real dtype, exactly."""
    if name == "bool":
        return 0, 1
    if lattice.is_integer(name):
        info = np.iinfo(name)
        return int(info.min), int(info.max)
    limits = ml_dtypes.finfo(lattice.numpy_dtype(name))
    return float(limits.min), float(limits.max)


@functools.cache
def shared_range(source: str, target: str) -> tuple[Any, Any]:
    """The least and the largest value of `source` that lie in the range of `target`, as Python numbers.

    Raises:
        DTypeError: One of them is complex.
    """
    if source in lattice.COMPLEX or target in lattice.COMPLEX:
        raise DTypeError("Complex numbers have no range to hold values in.", received=f"{source} to {target}")
    (least, largest), (low, high) = _ends(source), _ends(target)
    least, largest = max(least, low), min(largest, high)
    if not lattice.is_float(source):
        return int(least), int(largest)
    kind = lattice.numpy_dtype(source)
    rounded = [np.asarray(end, "float64").astype(kind) for end in (least, largest)]
    # 2**31 - 1 is no float32: the next one towards 0 is inside.
    inside = [np.nextafter(value, kind.type(0)) if not low <= float(value) <= high else value for value in rounded]
    return float(inside[0]), float(inside[1])


@functools.cache
def ends_between(source: str, target: str) -> tuple[Any, Any]:
    """The least and the largest value of an integer dtype `target` where the floats of `source` do not have them,
    `None` where they do."""
    if not (lattice.is_float(source) and lattice.is_integer(target)):
        return None, None
    (least, largest), (low, high) = _ends(target), shared_range(source, target)
    return (least if low > least else None), (largest if high < largest else None)


@rules.rule(made_in="dtype")
def _saturate_cast_rule(x: Spec, dtype: Any) -> Spec:
    name = lattice.standardize(dtype)
    shared_range(rules.same(x.dtype), name)
    return Spec(x.shape, name)


def _saturate_cast_reference(x: Any, dtype: Any) -> np.ndarray:
    kind = lattice.numpy_dtype(lattice.standardize(dtype))
    low, high = _ends(kind.name)
    return np.asarray([min(max(value, low), high) for value in x.ravel().tolist()]).reshape(x.shape).astype(kind)


@composite(
    infer=_saturate_cast_rule,
    reference=_saturate_cast_reference,
    cases=[
        case(draw(2, 3, low=-500, high=500, dtype="float32"), "uint8", gradient=False),
        case(draw(2, 3, low=-500, high=500, dtype="int32"), "int8"),
        case(draw(2, 3, low=-500, high=500, dtype="int32"), "float16"),
        case(np.array([1e6, -1e6, float("inf"), float("-inf")], "float32"), "float16", gradient=False),
        case(np.array([1e10, -1e10, 5.7], "float32"), "int16", gradient=False),
        case(np.array([2.0, -1.0, 0.0], "float32"), "bool", gradient=False),
        case(np.array([200, 3], "uint8"), "int8"),
        case(np.array([2**40, -(2**40)]), "int32"),
        case(np.array([True, False]), "int8"),
        case(draw(2, dtype="complex64"), "float32", raises=DTypeError, match="no range"),
    ],
)
def saturate_cast(x: Tensor, dtype: DType) -> Tensor:
    """`x` with another dtype; values beyond its range become its least or largest value.

    Args:
        x: A tensor of any shape and real dtype.
        dtype: The result's dtype, a real one.

    Returns:
        A tensor of the shape of `x`.

    Raises:
        DTypeError: Not a dtype, or a complex one.

    ```python
    >>> saturate_cast([-3.0, 200.7, 300.0], "uint8").tolist()
    [0, 200, 255]
    >>> saturate_cast([float("inf"), -1e10], "int32").tolist()
    [2147483647, -2147483648]

    ```
    """
    name = lattice.standardize(dtype)
    low, high = shared_range(conversion.dtype(x), name)
    if conversion.dtype(x) == "bool":
        return conversion.cast(x, name)
    result = conversion.cast(clip(x, low, high), name)
    least, largest = ends_between(conversion.dtype(x), name)
    if least is not None:
        result = where(less(x, low), least, result)
    return result if largest is None else where(greater(x, high), largest, result)
