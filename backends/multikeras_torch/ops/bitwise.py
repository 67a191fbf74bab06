"""Operations on the bits of integers, entry by entry."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table
from multikeras_torch.widened import binary, unary

table.alias(
    bitwise_and=binary(torch.bitwise_and),
    bitwise_left_shift=binary(torch.bitwise_left_shift),
    bitwise_not=unary(torch.bitwise_not, bools=False),
    bitwise_or=binary(torch.bitwise_or),
    bitwise_xor=binary(torch.bitwise_xor),
)

_right_shift = binary(torch.bitwise_right_shift)


@table.implements(ops.bitwise_right_shift)
def bitwise_right_shift(x: Any, y: Any) -> Any:
    if type(x) is not torch.Tensor or x.dtype is not torch.uint64:
        return _right_shift(x, y)
    # Zeros come in at the front, where signed numbers repeat their sign.
    x, y = x.to(torch.int64), y.to(torch.int64)
    kept = torch.bitwise_left_shift(torch.full_like(y, -1), 64 - y)
    shifted = torch.where(y == 0, x, torch.bitwise_right_shift(x, y) & ~kept)
    return shifted.to(torch.uint64)
