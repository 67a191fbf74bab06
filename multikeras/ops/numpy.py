"""`keras.ops.numpy`: the ops that NumPy has too, under NumPy's names."""

from multikeras.ops.conversion import ndim, size
from multikeras.ops.elementwise import add, exp
from multikeras.ops.joining import append, array_split, concatenate, hstack, split, stack, vstack
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
    "concatenate",
    "exp",
    "expand_dims",
    "flip",
    "hstack",
    "meshgrid",
    "moveaxis",
    "ndim",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rot90",
    "size",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
    "vstack",
]
