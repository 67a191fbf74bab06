"""Compiled steps. Autograd compiles nothing, so `Capability.COMPILE` is not claimed and steps run as they are."""

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.backend import Spec, StepOptions
from multikeras_template.tensors import to_numpy


def step(fn: Callable, options: StepOptions) -> Callable:
    """`fn` itself."""
    return fn


def host_call(fn: Callable[..., np.ndarray], spec: Spec, *tensors: Any) -> np.ndarray:
    """What `fn` returns: every tensor is on the host."""
    return fn(*[to_numpy(x) for x in tensors])
