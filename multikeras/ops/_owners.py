"""Which backend owns a tensor, and which native dtypes are floats and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend import registry
from multikeras.backend.contract import Backend
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError

HOST_TYPES = (np.ndarray, np.generic)

# Native float dtypes of the backends met so far: what "float" ops take as it is.
floating_dtypes: set[Any] = set()
# Likewise all but bool: what "number" ops take as it is.
number_dtypes: set[Any] = set()
# The backend that owns a type of native tensor, found once per type.
owners: dict[type, Backend | None] = {}


def owner_of(kind: type) -> Backend | None:
    """The loaded backend to whose native tensors a type belongs; `None` for host arrays and everything else."""
    if kind in owners:
        return owners[kind]
    found: Backend | None = None
    if issubclass(kind, HOST_TYPES):
        owners[kind] = None
        return None
    for backend in registry.loaded():
        if issubclass(kind, backend.tensors.types):
            found = backend
            break
    # Only hits are kept: a type unknown today may belong to a backend that is loaded tomorrow.
    if found is not None or kind in (int, float, bool, complex, list, tuple):
        owners[kind] = found
    return found


# By name: in a trace of `torch.compile` a backend has no hash.
_met: set[str] = set()


def meet(backend: Backend) -> None:
    """Learn the native float dtypes of a backend at its first call."""
    if backend.name in _met:
        return
    _met.add(backend.name)
    for name in (*lattice.INTEGERS, *lattice.FLOATS, *lattice.COMPLEX):
        try:
            native = backend.tensors.native_dtype(name)
        except MultikerasError:
            continue
        number_dtypes.add(native)
        if name not in lattice.INTEGERS:
            floating_dtypes.add(native)
