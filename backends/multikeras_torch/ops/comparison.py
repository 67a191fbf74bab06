"""Comparisons and choice, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, require_kernels


def _comparison(kernel: Callable) -> Callable:
    """A comparison that takes all dtypes; complex numbers go by the real part first, then by the other."""

    def run(x1: Any, x2: Any) -> torch.Tensor:
        try:
            require_kernels(x1)
            return kernel(x1, x2)
        except RuntimeError:
            if not x1.is_complex():
                return in_wide(kernel, (x1, x2), ordered=True)
        first, second = torch.view_as_real(x1), torch.view_as_real(x2)
        return torch.where(
            first[..., 0] == second[..., 0],
            kernel(first[..., 1], second[..., 1]),
            kernel(first[..., 0], second[..., 0]),
        )

    return run


def _mirrored(comparison: Callable, mirror: Callable) -> Callable:
    """A comparison that takes a number first too, as torch's kernels do not."""

    def run(x1: Any, x2: Any) -> torch.Tensor:
        return mirror(x2, x1) if type(x1) is float or type(x1) is int else comparison(x1, x2)

    return run


table.alias(
    equal=_mirrored(torch.eq, torch.eq),
    greater=_mirrored(_comparison(torch.gt), torch.lt),
    greater_equal=_mirrored(_comparison(torch.ge), torch.le),
    less=_mirrored(_comparison(torch.lt), torch.gt),
    less_equal=_mirrored(_comparison(torch.le), torch.ge),
    not_equal=_mirrored(torch.ne, torch.ne),
)


@table.implements(ops.where)
def where(condition: Any, x1: Any, x2: Any) -> Any:
    if condition.dtype is not torch.bool:
        condition = condition != 0
    if x1 is None and x2 is None:
        if condition.ndim == 0:
            raise ValueError("no places in a scalar")
        return tuple(places.to(torch.int32) for places in torch.nonzero(condition).unbind(1))
    both: tuple[Any, Any] = (x1, x2)
    return torch.where(condition, *both)


table.alias(copy=torch.clone)
