"""`keras.ops.numpy`: the ops that NumPy has too, under NumPy's names."""

from multikeras.ops.conversion import ndim, size
from multikeras.ops.elementwise import add, exp

__all__ = [
    "add",
    "exp",
    "ndim",
    "size",
]
