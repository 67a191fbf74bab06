"""Compiled steps by `torch.compile`."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from multikeras.backend import Spec, StepOptions
from multikeras_torch import tensors
from multikeras_torch.tracing import opaque


def step(fn: Callable, options: StepOptions) -> Callable:
    """`fn` as a graph; compiled by Inductor where the whole is to be. Sizes that change become dynamic at their
    second value."""
    if not options.whole:
        # Tracing alone: it shows that nothing breaks the graph, and costs no compiler.
        return torch.compile(fn, backend="eager", fullgraph=True)
    with warnings.catch_warnings():
        # Inductor's own imports use what torch has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("torch._inductor.compile_fx")
    return torch.compile(fn)


@opaque
def host_call(fn: Callable[..., np.ndarray], spec: Spec, *arguments: Any) -> torch.Tensor:
    """The tensor that `fn`, called on NumPy arrays, returns."""
    return tensors.from_numpy(np.asarray(fn(*(tensors.to_numpy(x) for x in arguments))))
