"""OfCell: an attribute of a layer that is its cell's."""

from __future__ import annotations

from typing import Any


class OfCell:
    """A read-only attribute that a layer has from its cell, under the same name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, layer: Any, owner: type) -> Any:
        return self if layer is None else getattr(layer.cell, self.name)
