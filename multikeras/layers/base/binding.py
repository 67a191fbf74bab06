"""Makes a layer also what its backend's framework calls a module, without core naming any framework."""

from __future__ import annotations

from typing import Any

from multikeras.backend.binding import unbound, with_base
from multikeras.backend.contract import Backend
from multikeras.backend.select import current

_bound: dict[tuple[type, Backend], type] = {}


def bound_class(cls: type, backend: Backend) -> type:
    """`cls` as a subclass of the backend's `module_base` too; made once for each class and backend."""
    cls = unbound(cls)
    found = _bound.get((cls, backend))
    if found is None:
        found = _bound[cls, backend] = with_base(cls, backend.module_base)
        if backend.bind is not None:
            backend.bind(found)
    return found


def make(cls: type, backend: Backend | None = None) -> Any:
    """An instance of `cls` bound to a backend (the current one by default), its constructor not yet run."""
    backend = backend or current()
    kind = bound_class(cls, backend)
    instance = object.__new__(kind)
    object.__setattr__(instance, "_backend", backend)
    if backend.module_base is not None:
        backend.module_base.__init__(instance)
    return instance


def rebuild(cls: type, backend: Backend) -> Any:
    """Unpickling: an instance to which a state will be given."""
    instance = make(cls, backend)
    instance._prepare((), {})
    return instance


def reduce(instance: Any) -> tuple:
    """Pickling by the class that the user wrote, which can be found by name."""
    return rebuild, (unbound(type(instance)), instance._backend), instance.__getstate__()
