"""What an object owns: variables, layers, seed generators and metrics among its attributes.

Found by walking the attributes and the lists, tuples, sets and dicts in them at the moment of asking, so that nothing
put into a container later is lost. While a training loop runs its steps, what was found is kept: walking takes longer
than a small step does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

OWNS_NOTHING = frozenset({bool, int, float, str, type(None)})
"""Types of values that can hold none of what is looked for."""

_CONTAINERS = (dict, list, tuple, set, frozenset)


def owned(owner: Any, kinds: tuple[type, ...]) -> Iterator[tuple[str, Any]]:
    """The objects of `kinds` that `owner` holds, each once, with the attribute path that leads to it.

    Args:
        owner: An object with `_internal_attributes`, the names of attributes that are not walked.
        kinds: The classes looked for. What is of a kind is not walked into.

    Yields:
        Pairs of a path, such as `"blocks/0/attention"`, and the object, in the order of assignment.
    """
    skip = owner._internal_attributes
    seen: set[int] = set()
    # Most attributes are numbers and names. They are passed over here, where it costs least: of every layer of a model
    # everything that it holds is looked at.
    for name, value in list(vars(owner).items()):
        if name not in skip and type(value) not in OWNS_NOTHING:
            if isinstance(value, kinds):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield name, value
            elif isinstance(value, _CONTAINERS):
                yield from _walk(name, value, kinds, seen)


def _walk(path: str, container: Any, kinds: tuple[type, ...], seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(container) in seen:
        return
    seen.add(id(container))
    for key, value in list(container.items() if isinstance(container, dict) else enumerate(container)):
        if type(value) not in OWNS_NOTHING:
            if isinstance(value, kinds):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield f"{path}/{key}", value
            elif isinstance(value, _CONTAINERS):
                yield from _walk(f"{path}/{key}", value, kinds, seen)


class _Walks(threading.local):
    """What walks have found on this thread; `None` where nothing is kept."""

    found: dict[Any, Any] | None = None


walks = _Walks()


class keep_walks:  # noqa: N801 - used like a function
    """A block in which `kept` walks each object once. Setting an attribute of a layer starts afresh."""

    def __enter__(self) -> None:
        self._outer = walks.found
        walks.found = {}

    def __exit__(self, *_: object) -> None:
        walks.found = self._outer


def kept(what: str, owner: Any, walk: Callable[[], list[Any]]) -> list[Any]:
    """What `walk` finds, or what it found before in this block. The list is not to be changed.

    Args:
        what: Tells walks of one object apart.
        owner: The object walked.
        walk: Called without arguments.
    """
    found = walks.found
    if found is None:
        return walk()
    key = (what, id(owner))
    result = found.get(key)
    if result is None:
        result = found[key] = walk()
    return result
