"""Signs, the larger and the smaller of two, and numbers held between bounds."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient


def _won(winner: Any, loser: Any, better: Any) -> Any:
    """1 where the first one is better, 1/2 where they are equal: they share then."""
    return ops.where(ops.equal(winner, loser), 0.5, ops.cast(better(winner, loser), winner.dtype.name))


gradient(
    ops.maximum,
    needs="arguments",
    x1=lambda g, y, x1, x2: g * _won(x1, x2, ops.greater),
    x2=lambda g, y, x1, x2: g * _won(x2, x1, ops.greater),
)
gradient(
    ops.minimum,
    needs="arguments",
    x1=lambda g, y, x1, x2: g * _won(x1, x2, ops.less),
    x2=lambda g, y, x1, x2: g * _won(x2, x1, ops.less),
)


def _sign(g: Any, y: Any, x: Any) -> Any:
    if x.dtype.kind != "c":
        return None
    # What changes the length of x alone changes nothing.
    along = ops.cast(ops.real(g * y), x.dtype.name) * ops.conj(y)
    return ops.divide_no_nan(g - along, ops.cast(ops.absolute(x), x.dtype.name))


gradient(ops.sign, x=_sign)
