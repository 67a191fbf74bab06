"""The table that the files of `ops/` fill."""

from multikeras.backend import OpTable
from multikeras.dtypes import lattice

# NumPy makes float32 of a Python float among bfloat16.
_NUMBERS = lattice.INTEGERS | {"float16", "float32", "float64"}

table = OpTable("numpy", numbers=_NUMBERS)
