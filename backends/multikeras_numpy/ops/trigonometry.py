"""Trigonometric and hyperbolic functions, entry by entry."""

from __future__ import annotations

import numpy as np

from multikeras_numpy.table import table

table.alias(
    arccos=np.arccos,
    arccosh=np.arccosh,
    arcsin=np.arcsin,
    arcsinh=np.arcsinh,
    arctan=np.arctan,
    arctan2=np.arctan2,
    arctanh=np.arctanh,
    cos=np.cos,
    cosh=np.cosh,
    hypot=np.hypot,
    sin=np.sin,
    sinh=np.sinh,
    tan=np.tan,
    tanh=np.tanh,
)
