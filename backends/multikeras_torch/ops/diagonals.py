"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.ops.reduction import sum
from multikeras_torch.table import table
from multikeras_torch.widened import widened

table.alias(
    diag=torch.diag,
    diagonal=torch.diagonal,
    tril=widened(torch.tril),
    triu=widened(torch.triu),
)


@table.implements(ops.trace)
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return sum(torch.diagonal(x, offset, axis1, axis2), -1, False)
