"""Classes bound to a backend: what an object of ours also is in its framework, without core naming any."""

from __future__ import annotations

import inspect
from typing import Any

_bound: dict[tuple[type, type], type] = {}


class ConstructorSignature:
    """The signature that `help` and editors show for a class which defines `__new__`: that of its constructor."""

    def __get__(self, instance: Any, owner: type) -> inspect.Signature:
        signature = inspect.signature(owner.__init__)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


def unbound(cls: type) -> type:
    """The class that the user wrote, of a class that may be bound to a backend."""
    return cls.__dict__.get("_unbound", cls)


def with_base(cls: type, base: type | None) -> type:
    """`cls` as a subclass of a backend's class too; made once for each pair.

    Args:
        cls: A class, which may be bound already.
        base: What its instances also are, or `None`.
    """
    cls = unbound(cls)
    if base is None or issubclass(cls, base):
        return cls
    found = _bound.get((cls, base))
    if found is None:
        namespace = {
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
            "_unbound": cls,
        }
        found = _bound[cls, base] = type(cls.__name__, (cls, base), namespace)
    return found


def blank(cls: type, base: type | None) -> Any:
    """An instance of the bound class without a state, for unpickling and copying."""
    return object.__new__(with_base(cls, base))
