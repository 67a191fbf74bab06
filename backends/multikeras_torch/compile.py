"""Compiled steps by `torch.compile`."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from multikeras.backend import Spec, StepOptions
from multikeras.graph.operation import flatten, map_structure
from multikeras_torch import tensors
from multikeras_torch.devices import current
from multikeras_torch.replays import Replays
from multikeras_torch.tracing import opaque

# Numbers that unknown sizes have in turn: primes, so that hardly any other size is one of them.
_PROBES = (83, 89)


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
    return _as_one_graph(torch.compile(fn))


def repeats() -> bool:
    """A GPU replays what was captured once; the processor has nothing to gain."""
    return current.device.type == "cuda"


def repeat(fn: Callable, options: StepOptions) -> Callable:
    """`fn`, which changes its storages in place, captured and replayed."""
    return Replays(step(fn, options) if options.whole else fn)


# What Dynamo leaves the graph at otherwise: gradients, without which a step of training is several graphs with Python
# code between them rather than one, and results whose size a kernel decides.
_TRACED_TOO = ("trace_autograd_ops", "capture_dynamic_output_shape_ops")


def _as_one_graph(compiled: Callable) -> Callable:
    """What a compiled function computes, in as few graphs as torch can make of it."""
    settings: Any = importlib.import_module("torch._dynamo.config")
    names = [name for name in _TRACED_TOO if hasattr(settings, name)]

    def run(*args: Any) -> Any:
        before = [getattr(settings, name) for name in names]
        for name in names:
            setattr(settings, name, True)
        try:
            return compiled(*args)
        finally:
            for name, value in zip(names, before, strict=True):
                setattr(settings, name, value)

    return run


class _Traced:
    """Shape and dtype of what a traced function returned.

    Args:
        first: A tensor.
        second: The same tensor for other unknown sizes.
    """

    def __init__(self, first: torch.Tensor, second: torch.Tensor) -> None:
        self.shape = [m if m == n else None for m, n in zip(first.shape, second.shape, strict=True)]
        self.dtype = first.dtype


def traced(fn: Callable, specs: Sequence[Spec]) -> Any:
    """What `fn` returns for tensors without values. It runs twice, with other numbers in the place of unknown sizes:
    what differs then is unknown too."""
    first, second = (_without_values(fn, specs, size) for size in _PROBES)
    others = iter(flatten(second))

    def both(x: Any) -> Any:
        other = next(others)
        return None if x is None else _Traced(x, other)

    return map_structure(both, first)


def _without_values(fn: Callable, specs: Sequence[Spec], unknown: int) -> Any:
    # Of parameters, which have values, torch takes the shapes alone.
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        return fn(
            *(
                torch.empty(
                    [unknown if size is None else size for size in spec.shape],
                    dtype=tensors.native_dtype(spec.dtype),
                    device=current.device,
                )
                for spec in specs
            )
        )


# What only makes, moves or views values.
# fmt: off
_NO_KERNELS = frozenset({
    "alias", "clone", "contiguous", "copy_", "detach", "empty", "empty_like", "empty_strided", "expand",
    "full", "lift_fresh", "new_zeros", "new_full", "new_empty", "ones", "permute", "scalar_tensor", "select",
    "slice", "split", "squeeze", "t", "_to_copy", "transpose", "unbind", "unsqueeze", "_unsafe_view", "view",
    "zero_", "zeros", "zeros_like", "as_strided", "as_strided_", "resolve_conj", "_reshape_alias",
    "split_with_sizes",
})
# fmt: on


def kernels(fn: Callable, *values: Any) -> list[str]:
    """The operators of ATen that a call dispatches."""
    from torch.utils._python_dispatch import TorchDispatchMode

    found: list[str] = []

    class Listening(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            name = func.overloadpacket.__name__
            if name not in _NO_KERNELS:
                found.append(f"aten::{name}")
            return func(*args, **(kwargs or {}))

    with torch.no_grad(), Listening():
        fn(*values)
    return found


@opaque
def host_call(fn: Callable[..., np.ndarray], spec: Spec, *arguments: Any) -> torch.Tensor:
    """The tensor that `fn`, called on NumPy arrays, returns."""
    return tensors.from_numpy(np.asarray(fn(*(tensors.to_numpy(x) for x in arguments))))
