"""Which backend is current: the process default, and each thread's own choice."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from multikeras import config
from multikeras.backend import registry

if TYPE_CHECKING:
    from multikeras.backend.contract import Backend

# What is tried, in this order, where neither KERAS_BACKEND nor the config file names a backend: the entry point's
# name and the module that must be installed for it.
PREFERRED = (("jax", "jax"), ("torch", "torch"), ("tensorflow", "tensorflow"))
EMBEDDED = "numpy"


class _Selection(threading.local):
    """The class attribute is the process default, an instance attribute one thread's choice.

    A `ContextVar` would be the usual tool, but `torch.compile(fullgraph=True)` cannot trace one.
    """

    backend: Backend | None = None


selection = _Selection()


def current() -> Backend:
    """The backend that new tensors, variables and layers are made on."""
    return selection.backend or _set_default(default_name())


def default_name() -> str:
    """The name of the default backend: `KERAS_BACKEND`, then the config file, then the first one installed."""
    named = config.backend_setting()
    if named:
        return named
    for name, module in PREFERRED:
        if name in registry.entry_points() and importlib.util.find_spec(module) is not None:
            return name
    return EMBEDDED


def current_name() -> str:
    """The name of the current backend; imports no framework."""
    return selection.backend.name if selection.backend is not None else default_name()


def _set_default(name: str) -> Backend:
    backend = registry.load(name)
    _Selection.backend = backend
    return backend


def set_backend(name: str) -> None:
    """Make a backend the default of the process.

    What already exists stays on the backend that it was made on.

    Args:
        name: Its name, such as `"jax"`.

    Raises:
        BackendError: It cannot be loaded.
    """
    _set_default(name)


@contextmanager
def use_backend(name: str | Backend) -> Iterator[Backend]:
    """A scope, of this thread alone, in which another backend is current.

    Args:
        name: The backend, by name or as a value.

    Raises:
        BackendError: It cannot be loaded.

    ```python
    >>> import multikeras
    >>> with multikeras.use_backend("numpy"):
    ...     multikeras.backend.backend()
    'numpy'

    ```
    """
    if isinstance(name, str) or not hasattr(name, "tensors"):
        # What is neither a name nor a backend is refused by `load`.
        name = registry.load(cast("str", name))
    backend = name
    own = vars(selection)
    before = own.get("backend")
    selection.backend = backend
    try:
        yield backend
    finally:
        if before is None:
            own.pop("backend", None)
        else:
            selection.backend = before


@contextmanager
def on_backend(backend: Backend) -> Iterator[None]:
    """`use_backend` for core's own calls: it changes nothing where the backend is current already.

    A compiler that traces what is inside would otherwise take the change, and its undoing, for an effect of the code.
    """
    if selection.backend is backend:
        yield
    else:
        with use_backend(backend):
            yield
