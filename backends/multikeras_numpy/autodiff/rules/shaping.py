"""The same entries in another shape or order."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient

gradient(ops.reshape, needs="nothing", x=lambda g, y, x, newshape: ops.reshape(g, x.shape))
gradient(ops.ravel, needs="nothing", x=lambda g, y, x: ops.reshape(g, x.shape))
gradient(ops.expand_dims, needs="nothing", x=lambda g, y, x, axis: ops.reshape(g, x.shape))
gradient(ops.squeeze, needs="nothing", x=lambda g, y, x, axis: ops.reshape(g, x.shape))
# Summed over the axes that were broadcast by whoever called the rule.
gradient(ops.broadcast_to, needs="nothing", x=lambda g, y, x, shape: g)
gradient(ops.swapaxes, needs="nothing", x=lambda g, y, x, axis1, axis2: ops.swapaxes(g, axis1, axis2))
gradient(ops.moveaxis, needs="nothing", x=lambda g, y, x, source, destination: ops.moveaxis(g, destination, source))
gradient(ops.flip, needs="nothing", x=lambda g, y, x, axis: ops.flip(g, axis))


def _transpose(g: Any, y: Any, x: Any, axes: Any) -> Any:
    if axes is None:
        return ops.transpose(g)
    inverse = [0] * len(axes)
    for place, axis in enumerate(axes):
        inverse[axis] = place
    return ops.transpose(g, inverse)


def _roll(g: Any, y: Any, x: Any, shift: Any, axis: Any) -> Any:
    back = [-each for each in shift] if isinstance(shift, (list, tuple)) else -shift
    return ops.roll(g, back, axis)


gradient(ops.transpose, needs="nothing", x=_transpose)
gradient(ops.roll, needs="nothing", x=_roll)
