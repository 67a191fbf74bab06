"""Finds and loads backends through the entry-point group `multikeras.backends`."""

from __future__ import annotations

import functools
import importlib.metadata
import threading
from typing import TYPE_CHECKING

from multikeras import config
from multikeras.errors import (
    BackendConflictError,
    BackendImportError,
    BackendNotInstalledError,
    ContractError,
)

if TYPE_CHECKING:
    from multikeras.backend.contract import Backend

GROUP = "multikeras.backends"

_loaded: dict[str, Backend] = {}
_lock = threading.RLock()


@functools.cache
def entry_points() -> dict[str, list[importlib.metadata.EntryPoint]]:
    """Registered entry points by backend name."""
    found: dict[str, list[importlib.metadata.EntryPoint]] = {}
    for entry in importlib.metadata.entry_points(group=GROUP):
        rows = found.setdefault(entry.name, [])
        # One distribution can be visible twice (an editable install beside its build folder).
        if all(entry.value != other.value for other in rows):
            rows.append(entry)
    return found


def loaded() -> list[Backend]:
    """Backends that this process has imported so far."""
    return list(_loaded.values())


def load(name: str) -> Backend:
    """The backend of that name, imported at the first call.

    Args:
        name: Its name, such as `"numpy"`.

    Raises:
        BackendNotInstalledError: Nothing that is installed provides it.
        BackendConflictError: Two installed packages provide it.
        BackendImportError: Its import failed.
        ContractError: It was written for another version of the contract.
    """
    backend = _loaded.get(name)
    if backend is None:
        with _lock:
            backend = _loaded.get(name)
            if backend is None:
                config.settle()
                backend = _loaded[name] = _import(name)
    return backend


def _import(name: str) -> Backend:
    from multikeras.backend.contract import CONTRACT, Backend

    if not isinstance(name, str):
        raise BackendNotInstalledError(
            "A backend is chosen by its name.", received=f"{name!r}", hint="multikeras.set_backend('numpy')"
        )
    entries = entry_points().get(name, [])
    if not entries:
        known = ", ".join(sorted(entry_points())) or "none"
        raise BackendNotInstalledError(
            f"No installed package provides the backend {name!r}.",
            received=f"installed: {known}",
            hint="one of these, or install the package that provides it",
        )
    if len(entries) > 1:
        rows = ", ".join(f"{entry.value} ({entry.dist.name if entry.dist else '?'})" for entry in entries)
        raise BackendConflictError(
            f"Two installed packages provide the backend {name!r}.", received=rows, hint="pip uninstall one of them"
        )
    try:
        backend = entries[0].load()
    except Exception as error:
        # A framework may fail to load in any way: a shared library that is missing is an OSError.
        missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
        raise BackendImportError(
            f"Importing the backend {name!r} failed.",
            received=f"{type(error).__name__}: {missing or error}",
            hint=f"pip install 'multikeras[{name}]'" if missing and not missing.startswith("multikeras") else None,
        ) from error
    if not isinstance(backend, Backend):
        raise ContractError(
            f"The entry point of the backend {name!r} names a multikeras.backend.Backend.",
            received=f"{entries[0].value} is a {type(backend).__name__}",
        )
    if backend.contract != CONTRACT:
        raise ContractError(
            f"The backend {name!r} was written for another version of the contract.",
            received=f"contract {backend.contract}, this multikeras has {CONTRACT}",
            hint="pip install --upgrade " + ("multikeras" if backend.contract > CONTRACT else "its package"),
        )
    return backend
