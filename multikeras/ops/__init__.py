"""Ops: the functions on tensors that everything else is written in.

Each is declared once, in the file of its subject; see `_op.py` for how.
"""

from multikeras.ops.conversion import (
    cast,
    convert_to_numpy,
    convert_to_tensor,
    is_tensor,
    ndim,
    shape,
    size,
    stop_gradient,
)
from multikeras.ops.elementwise import add, exp

__all__ = [
    "add",
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "exp",
    "is_tensor",
    "ndim",
    "shape",
    "size",
    "stop_gradient",
]
