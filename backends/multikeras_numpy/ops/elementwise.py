"""Arithmetic, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

table.alias(add=np.add, exp=np.exp)


@table.implements(ops.stop_gradient)
def stop_gradient(variable: Any) -> Any:
    return variable
