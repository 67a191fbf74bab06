"""The table that the files of `ops/` fill."""

from multikeras.backend import OpTable

# Torch computes with Python numbers among these without changing the dtype.
_NUMBERS = frozenset({"bfloat16", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"})

table = OpTable("torch", numbers=_NUMBERS)
