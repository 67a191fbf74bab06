"""Trigonometric and hyperbolic functions, entry by entry."""

from __future__ import annotations

from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, binary, kernel, unary

table.alias(
    arccos=unary(kernel("Acos"), FLOAT8),
    arccosh=unary(kernel("Acosh"), FLOAT8),
    arcsin=unary(kernel("Asin"), FLOAT8),
    arcsinh=unary(kernel("Asinh"), FLOAT8),
    arctan=unary(kernel("Atan"), FLOAT8),
    arctan2=binary(kernel("Atan2"), FLOAT8 | COMPLEX),
    arctanh=unary(kernel("Atanh"), FLOAT8),
    cos=unary(kernel("Cos"), FLOAT8),
    cosh=unary(kernel("Cosh"), FLOAT8),
    sin=unary(kernel("Sin"), FLOAT8),
    sinh=unary(kernel("Sinh"), FLOAT8),
    tan=unary(kernel("Tan"), FLOAT8),
    tanh=unary(kernel("Tanh"), FLOAT8),
)
