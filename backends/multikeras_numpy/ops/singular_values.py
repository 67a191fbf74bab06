"""Singular values of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table


@table.implements(ops.singular_values)
def singular_values(x: Any) -> Any:
    return np.linalg.svd(x, compute_uv=False)
