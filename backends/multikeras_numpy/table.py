"""The table that the files of `ops/` fill."""

from multikeras.backend import OpTable
from multikeras.dtypes import lattice
from multikeras_numpy.autodiff.recording import lift
from multikeras_numpy.autodiff.traced import Traced

# NumPy makes float32 of a Python float among bfloat16.
_NUMBERS = lattice.INTEGERS | {"float16", "float32", "float64"}

table = OpTable("numpy", lift=lift, lifted=(Traced,), numbers=_NUMBERS)
table.judges_empties("argpartition", "repeat", "reshape", "tensordot", "tile")
