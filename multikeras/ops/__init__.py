"""Ops: the functions on tensors that everything else is written in.

Each is declared once, in the file of its subject; see `_op.py` for how.
"""

from multikeras.ops.conversion import (
    cast,
    convert_to_numpy,
    convert_to_tensor,
    dtype,
    is_tensor,
    ndim,
    shape,
    size,
    stop_gradient,
)
from multikeras.ops.elementwise import add, exp
from multikeras.ops.joining import append, array_split, concatenate, hstack, split, stack, unstack, vstack
from multikeras.ops.shaping import (
    broadcast_to,
    expand_dims,
    flip,
    moveaxis,
    ravel,
    reshape,
    roll,
    rot90,
    squeeze,
    swapaxes,
    transpose,
)
from multikeras.ops.tiling import meshgrid, pad, repeat, tile

__all__ = [
    "add",
    "append",
    "array_split",
    "broadcast_to",
    "cast",
    "concatenate",
    "convert_to_numpy",
    "convert_to_tensor",
    "dtype",
    "exp",
    "expand_dims",
    "flip",
    "hstack",
    "is_tensor",
    "meshgrid",
    "moveaxis",
    "ndim",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rot90",
    "shape",
    "size",
    "split",
    "squeeze",
    "stack",
    "stop_gradient",
    "swapaxes",
    "tile",
    "transpose",
    "unstack",
    "vstack",
]
