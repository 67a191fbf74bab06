"""Compiled steps by `torch.compile`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from multikeras.backend import Spec, StepOptions
from multikeras_torch import tensors


def step(fn: Callable, options: StepOptions) -> Callable:
    """`fn` compiled by Inductor; sizes that change become dynamic at their second value."""
    return torch.compile(fn)


@torch.compiler.disable
def host_call(fn: Callable[..., np.ndarray], spec: Spec, *arguments: Any) -> torch.Tensor:
    """The tensor that `fn`, called on NumPy arrays, returns."""
    return tensors.from_numpy(np.asarray(fn(*(tensors.to_numpy(x) for x in arguments))))
