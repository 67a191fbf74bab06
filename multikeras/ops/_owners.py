"""Which backend owns a tensor, and which of its dtypes are floats and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend import registry
from multikeras.backend.contract import Backend
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError

HOST_TYPES = (np.ndarray, np.generic)

# The backend that owns a type of native tensor, found once per type.
# Python's own types are there from the start: one that came while torch traced a call would have it traced again.
owners: dict[type, Backend | None] = dict.fromkeys((int, float, bool, complex, list, tuple))


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
    if found is not None:
        owners[kind] = found
    return found


# By name: in a trace of `torch.compile` neither a backend's hash nor a `functools.cache` is to be met.
_native_dtypes: dict[tuple[str, str], frozenset[Any]] = {}


KINDS = ("float", "number", "real", "real float", "real number")
"""What `native_dtypes` takes."""


def native_dtypes(backend: Backend, kind: str) -> frozenset[Any]:
    """What an implementation takes as it is: the backend's floats, of both kinds, under "float", all but bool under
    "number"; under "real" all but complex dtypes, alone or in front of the others."""
    known = _native_dtypes.get((backend.name, kind))
    if known is not None:
        return known
    found = set()
    for name in lattice.ALL:
        if name == "bool" and kind != "real":
            continue
        if name in lattice.INTEGERS and kind.endswith("float"):
            continue
        if name in lattice.COMPLEX and kind.startswith("real"):
            continue
        try:
            found.add(backend.tensors.native_dtype(name))
        except MultikerasError:
            continue
    known = _native_dtypes[backend.name, kind] = frozenset(found)
    return known
