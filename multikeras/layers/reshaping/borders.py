"""How many entries layers take away from, or add to, both ends of spatial axes."""

from __future__ import annotations

from typing import Any

from multikeras.errors import ArgumentError

Borders = tuple[tuple[int, int], ...]


def _is_count(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool) and value >= 0


def ends(name: str, value: Any) -> tuple[int, int]:
    """The entries at both ends of one axis, from one number for both or a pair.

    Raises:
        ArgumentError: It is neither.
    """
    found = (value, value) if _is_count(value) else value
    if not isinstance(found, (list, tuple)) or len(found) != 2 or not all(map(_is_count, found)):
        raise ArgumentError(
            f"`{name}` is an integer from 0 on, or one for each end.",
            received=f"{name}={value!r}",
            hint=f"{name}=(1, 1)",
        )
    return int(found[0]), int(found[1])


def borders(name: str, value: Any, rank: int) -> Borders:
    """The entries at both ends of several axes, from one number for all, or for each axis a number or a pair.

    Raises:
        ArgumentError: It is none of these.
    """
    found = (value,) * rank if _is_count(value) else value
    if not isinstance(found, (list, tuple)) or len(found) != rank:
        raise ArgumentError(
            f"`{name}` is an integer from 0 on, or {rank} of them, or {rank} pairs.",
            received=f"{name}={value!r}",
            hint=f"{name}=({', '.join(['(1, 1)'] * rank)})",
        )
    return tuple(ends(name, pair) for pair in found)
