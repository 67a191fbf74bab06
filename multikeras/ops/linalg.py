"""`keras.ops.linalg`: the ops on matrices."""

from multikeras.ops.decompositions import cholesky, lu_factor, qr
from multikeras.ops.determinants import det
from multikeras.ops.gradients import jvp
from multikeras.ops.linear_systems import cholesky_inverse, inv, lstsq, matrix_rank, pinv, solve, solve_triangular
from multikeras.ops.norm import norm
from multikeras.ops.spectra import eig, eigh, svd

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "det",
    "eig",
    "eigh",
    "inv",
    "jvp",
    "lstsq",
    "lu_factor",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "solve",
    "solve_triangular",
    "svd",
]
