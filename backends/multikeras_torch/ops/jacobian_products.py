"""Forward mode."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.ops.jacobian_products import check_tangents
from multikeras_torch.table import table


@table.implements(ops.jvp)
def jvp(function: Callable, primals: list[Any], tangents: list[Any]) -> list[Any]:
    check_tangents(function, primals, tangents)
    if not torch.compiler.is_compiling():
        try:
            return _forward(function, primals, tangents)
        except (NotImplementedError, RuntimeError):
            # Not every kernel has a forward mode.
            pass
    return table.composite(ops.jvp)(function, primals, tangents)


def _forward(function: Callable, primals: list[Any], tangents: list[Any]) -> list[Any]:
    with warnings.catch_warnings():
        # The first call loads what torch itself has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        found: Any = torch.func.jvp(lambda *given: tuple(function(list(given))), tuple(primals), tuple(tangents))
    outputs, changes = found
    return [*outputs, *changes]
