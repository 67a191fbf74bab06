"""NumPy compiles nothing: steps run as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.backend import Spec, StepOptions


def step(fn: Callable, options: StepOptions) -> Callable:
    """`fn` itself."""
    return fn


def host_call(fn: Callable[..., np.ndarray], spec: Spec, *tensors: Any) -> np.ndarray:
    """`fn` is on the host already."""
    return fn(*tensors)
