"""The numbers at which functions are apt to go wrong, and what the suite leaves free there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from multikeras.dtypes import lattice
from multikeras.ops._op import Op
from multikeras_conformance import calls
from multikeras_conformance.calls import Call

DTYPES = ("float32", "bfloat16", "int32", "uint8", "bool")
"""The dtypes that are tried, unless the thorough mode tries all. Complex ones never are: how a part that is infinite or
nan meets the other is a matter of how products are written out."""

SKIPPED = {
    "nextafter": "its neighbours are those of the dtype, which the oracle's float64 has not: it has tests of its own",
    "nan_to_num": "what replaces an infinity is the greatest number of the dtype, likewise",
    "power": "of integers, where almost every pair overflows; floats are tried",
}
"""Ops and dtypes that are left out here, and why. See `skipped`."""

UNDEFINED: dict[str, Callable[..., np.ndarray]] = {
    "floor_divide": lambda a, b: b == 0,
    "mod": lambda a, b: b == 0,
    "fmod": lambda a, b: b == 0,
}
"""At which integers an op may return anything on every backend: there is no integer that is right."""

OVERFLOWING: dict[str, Callable[..., np.ndarray]] = {
    # Its square overflows, as in Keras.
    "squareplus": lambda limits, x: np.abs(x) > np.sqrt(float(limits.max)),
    # So does its phase.
    "sinc": lambda limits, x: np.abs(x) > float(limits.max) / 4,
    # Infinity times 0: nan, as in SciPy.
    "i0": lambda limits, x: np.abs(x) > 1e3,
    # The quotient overflows, from which kernels make the remainder.
    "mod": lambda limits, a, b: _subnormal(limits, a) | (np.abs(a) > float(limits.max) * np.minimum(np.abs(b), 1)),
    "fmod": lambda limits, a, b: _subnormal(limits, a) | (np.abs(a) > float(limits.max) * np.minimum(np.abs(b), 1)),
    # The quotient of subnormal numbers, one of which may count as 0.
    "arctan2": lambda limits, a, b: _subnormal(limits, a) | _subnormal(limits, b),
}
"""At which floats an op's formula overflows before its result would, or is lost; given the dtype's limits."""


def _subnormal(limits: Any, x: np.ndarray) -> np.ndarray:
    return (x != 0) & (np.abs(x) < float(limits.smallest_normal))


def skipped(op: Op, dtype: str) -> bool:
    """Whether the oracle knows nothing of an op's special values in a dtype."""
    if op.name not in SKIPPED:
        return False
    return op.name == "nextafter" or (op.name == "power") != lattice.is_float(dtype)


def elementwise_calls(op: Op) -> list[Call]:
    """One call of an op whose entries decide the result's one by one, for each dtype; none of other ops."""
    count = getattr(op.infer, "elementwise", 0)
    if not count or op.reference is None or op.star is not None:
        return []
    number = next((i for i, c in enumerate(op.cases) if c.raises is None), None)
    if number is None:
        return []
    wanted = [d for d in calls.DTYPES if not lattice.is_complex(d)] if calls.thorough else DTYPES
    return [Call(op, number, d) for d in wanted if d in calls.dtypes_held() and not skipped(op, d)]


def special(dtype: str) -> np.ndarray:
    """The special values of a dtype, and a few ordinary ones beside them."""
    kind = lattice.numpy_dtype(dtype)
    if dtype == "bool":
        return np.array([False, True])
    if lattice.is_integer(dtype):
        limits = ml_dtypes.iinfo(kind)
        low, high = int(limits.min), int(limits.max)
        return np.array(sorted({low, low + 1, -1 if low else 0, 0, 1, 2, 3, high // 2, high - 1, high}), kind)
    limits = ml_dtypes.finfo(kind)
    small, tiny = float(limits.smallest_subnormal), float(limits.smallest_normal)
    near = [1.0, 1.0 + float(limits.eps), 1.0 - float(limits.eps) / 2, 0.5, 1.5, 2.5, 3.0, 100.0, float(limits.eps)]
    ends = [float(limits.max), tiny, small, 4 * small]
    both = [x for value in (0.0, float("inf"), *near, *ends) for x in (value, -value)]
    return np.array([*both, float("nan")], dtype=np.float64).astype(kind)


def defined(op: Op, dtype: str, values: list[Any]) -> bool:
    """Whether the op has to return something in particular for every entry of its arguments."""
    undefined = UNDEFINED.get(op.name)
    if undefined is None or lattice.is_float(dtype):
        return True
    return not np.any(undefined(*(np.asarray(v) for v in values[:2])))


def _free(call: Call, given: list[np.ndarray]) -> np.ndarray:
    """At which entries the result may be anything."""
    nowhere = np.zeros(given[0].shape, bool)
    if lattice.is_float(call.dtype):
        overflows = OVERFLOWING.get(call.op.name)
        limits = ml_dtypes.finfo(given[0].dtype)
        return nowhere if overflows is None else overflows(limits, *(x.astype(np.float64) for x in given))
    undefined = UNDEFINED.get(call.op.name)
    return nowhere if undefined is None else undefined(*given)


def flushed(array: np.ndarray) -> np.ndarray:
    """Subnormal numbers as zeros of their sign, as processors take them that are set to be fast."""
    if lattice.standardize(array.dtype) not in lattice.FLOATS:
        return array
    tiny = float(ml_dtypes.finfo(array.dtype).smallest_normal)
    wide = array.astype(np.float64)
    return np.where(np.abs(wide) < tiny, np.copysign(0.0, wide), wide).astype(array.dtype)


def values_of(call: Call) -> list[Any] | None:
    """The arguments of the call with special values for its leading tensors: every one, every pair, or a turn of them.

    `None` where its other arguments are tensors of shapes of their own.
    """
    values = call.values()
    count = getattr(call.op.infer, "elementwise", 0)
    base = special(call.dtype)
    if count == 1:
        found = [base]
    elif count == 2:
        found = [np.repeat(base, len(base)), np.tile(base, len(base))]
    else:
        found = [np.roll(np.tile(base, 2), i) for i in range(count)]
    kept = ~_free(call, found)
    found = [x[kept] for x in found]
    for p in call.op.tensor_parameters:
        value = values[p.position]
        if p.position < count:
            if p.many or value is None:
                return None
            values[p.position] = found[p.position]
        elif value is not None and (p.many or np.ndim(value)):
            return None
    return values
