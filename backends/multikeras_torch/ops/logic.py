"""Logic on truth values, and whether tensors are close to each other."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table
from multikeras_torch.widened import binary, of_tensors, unary, widened

_isclose = widened(torch.isclose)

table.takes_tensors_only("allclose", "isclose")
table.alias(
    isclose=_isclose,
    logical_and=of_tensors(binary(torch.logical_and)),
    logical_not=unary(torch.logical_not),
    logical_or=of_tensors(binary(torch.logical_or)),
    logical_xor=of_tensors(binary(torch.logical_xor)),
)


@table.implements(ops.allclose)
def allclose(x1: Any, x2: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    # torch.allclose waits for the device.
    return _isclose(x1, x2, rtol, atol, equal_nan).all()
