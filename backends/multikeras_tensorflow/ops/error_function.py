"""The error function and its inverse, entry by entry."""

from __future__ import annotations

from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, HALVES, kernel, unary

table.alias(
    erf=unary(kernel("Erf"), FLOAT8),
    erfc=unary(kernel("Erfc"), FLOAT8),
    erfinv=unary(kernel("Erfinv"), FLOAT8 | HALVES),
)
