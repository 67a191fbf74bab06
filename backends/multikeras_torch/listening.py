"""Layers that torch's hooks listen to.

A layer's own call knows nothing of hooks, and pays nothing for them. One that a hook is registered on becomes an
instance of a class that is called torch's way.
"""

from __future__ import annotations

import functools
from typing import Any

import torch

from multikeras.backend.binding import unbound
from multikeras.layers.base.call_context import changes


def listening(module: Any) -> None:
    """Have a layer call its hooks from now on."""
    kind = type(module)
    if kind.__call__ is not torch.nn.Module.__call__:
        object.__setattr__(module, "__class__", _listening_class(kind))
        # Graphs that the layer is in have decided to call it directly.
        changes.count += 1


@functools.cache
def _listening_class(kind: type) -> type:
    """A class of layers as a class of layers whose calls go by torch's `__call__`, which runs the hooks."""

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        return kind.__call__(self, *args, **kwargs)

    namespace = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        "_unbound": unbound(kind),
        "__call__": torch.nn.Module.__call__,
        "forward": forward,
    }
    return type(kind.__name__, (kind,), namespace)
