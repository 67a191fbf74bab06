"""Logic on truth values, entry by entry."""

from __future__ import annotations

import numpy as np

from multikeras_numpy.table import table

table.alias(
    logical_and=np.logical_and,
    logical_not=np.logical_not,
    logical_or=np.logical_or,
    logical_xor=np.logical_xor,
)
