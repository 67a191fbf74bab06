"""Variables: the tensor itself, replaced when assigned. Autograd has no mutable ones."""

from typing import Any

read = None


def make(value: Any, trainable: bool, name: str) -> Any:
    """The value itself."""
    return value


def assign(storage: Any, value: Any) -> Any:
    """The new value, which core keeps in the place of the old."""
    return value


def set_trainable(storage: Any, trainable: bool) -> None:
    """A tensor need not know."""
