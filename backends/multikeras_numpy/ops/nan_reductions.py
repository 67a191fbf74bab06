"""The larger and the smaller of two, a number before nan."""

from __future__ import annotations

import numpy as np

from multikeras_numpy.table import table

table.alias(fmax=np.fmax, fmin=np.fmin)
