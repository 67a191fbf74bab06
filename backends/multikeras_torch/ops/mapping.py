"""A function of one entry, called for all entries at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.ops.looping import check_steps
from multikeras_torch.table import table


@table.implements(ops.vectorized_map)
def vectorized_map(function: Callable, elements: list[Any]) -> list[Any]:
    if not check_steps(function, elements, None, 1):
        return table.composite(ops.vectorized_map)(function, elements)
    # Draws are those of one call, as where keys are given.
    return list(torch.vmap(lambda *entries: tuple(function(list(entries))), randomness="same")(*elements))
