"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table


@table.implements(ops.cond)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    if not (callable(true_fn) and callable(false_fn)):
        raise TypeError("no function")
    if pred.ndim > 1 or pred.numel() != 1:
        raise ValueError("a condition is one value")
    if torch.compiler.is_compiling():
        return torch.cond(pred.reshape(()) != 0, true_fn, false_fn)
    # The host waits for the value, since it has to call one of the two.
    return true_fn() if pred else false_fn()
