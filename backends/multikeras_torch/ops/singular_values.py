"""Singular values of matrices."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table


@table.implements(ops.singular_values)
def singular_values(x: Any) -> Any:
    return torch.linalg.svdvals(x)
