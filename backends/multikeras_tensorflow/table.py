"""The table that the files of `ops/` fill."""

from multikeras.backend import OpTable
from multikeras.dtypes import lattice

# TensorFlow makes a tensor of the other's dtype of a Python number, without changing that dtype.
_NUMBERS = lattice.INTEGERS | {"bfloat16", "float16", "float32", "float64"}

table = OpTable("tensorflow", numbers=_NUMBERS)
