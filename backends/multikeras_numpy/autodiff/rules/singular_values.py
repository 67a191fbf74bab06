"""Singular values: `dx = u diag(g) vh`."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient


def _singular_values(g: Any, y: Any, x: Any) -> Any:
    u, _, vh = np.linalg.svd(np.asarray(x), full_matrices=False)
    return ops.matmul(ops.multiply(u, ops.expand_dims(g, -2)), vh)


gradient(ops.singular_values, x=_singular_values)
