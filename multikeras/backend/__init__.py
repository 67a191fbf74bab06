"""The contract that a backend fulfils, and the choice of the current one."""

from multikeras.backend.contract import CONTRACT, Backend, Capability, StepOptions
from multikeras.backend.registry import load, loaded
from multikeras.backend.select import current, current_name, set_backend, use_backend
from multikeras.backend.spec import Spec
from multikeras.backend.table import OpTable


def backend() -> str:
    """The name of the current backend."""
    return current_name()


__all__ = [
    "CONTRACT",
    "Backend",
    "Capability",
    "OpTable",
    "Spec",
    "StepOptions",
    "backend",
    "current",
    "current_name",
    "load",
    "loaded",
    "set_backend",
    "use_backend",
]
