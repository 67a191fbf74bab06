"""`keras.tree`: nested lists, tuples, dicts and whatever else is registered as a container, gone through leaf by leaf.

Dicts are gone through in the order of their sorted keys, `collections.OrderedDict` in its own; everything that is no
container is a leaf, `None` among them.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import optree

from multikeras.errors import ArgumentError, StructureError

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
]

_NAMESPACE = "multikeras"

# Types that were seen to be no containers.
_leaves: set[type] = {bool, int, float, complex, str, bytes, type(None)}

Path = tuple[Any, ...]


class MAP_TO_NONE:  # noqa: N801 - Keras's name
    """What the function of `traverse` returns for a part that becomes `None`.

    ```python
    >>> traverse(lambda x: MAP_TO_NONE if x == 2 else None, [1, 2])
    [1, None]

    ```
    """


class _Opened(NamedTuple):
    """A container, one level of it.

    Args:
        children: What is in it, in order.
        entries: The index or key of each.
        close: Makes such a container of other children.
    """

    children: Sequence[Any]
    entries: Sequence[Any]
    close: Callable[[Sequence[Any]], Any]


def _open(structure: Any) -> _Opened | None:
    """One level of a container; `None` for a leaf."""
    kind = type(structure)
    if kind in _leaves:
        return None
    if kind is list or kind is tuple:
        return _Opened(structure, range(len(structure)), kind)
    if optree.tree_is_leaf(structure, none_is_leaf=True, namespace=_NAMESPACE):
        _leaves.add(kind)
        return None
    level = optree.tree_flatten_one_level(structure, none_is_leaf=True, namespace=_NAMESPACE)
    children, metadata, entries, unflatten = level[:4]
    return _Opened(children, entries, lambda made: unflatten(metadata, made))


def _callable(func: Any) -> None:
    if not callable(func):
        raise ArgumentError("`func` is a function.", received=repr(func))


def _at(path: Path) -> str:
    return "structure" + "".join(f"[{entry!r}]" for entry in path)


def is_nested(structure: Any) -> bool:
    """Whether something is a container: a list, tuple, dict or another registered one.

    Args:
        structure: Anything.

    ```python
    >>> is_nested({"a": 1}), is_nested("text"), is_nested([])
    (True, False, True)

    ```
    """
    return _open(structure) is not None


def flatten(structure: Any) -> list[Any]:
    """The leaves of nested containers, from left to right.

    Args:
        structure: Containers in any nesting, or a leaf.

    ```python
    >>> flatten({"b": [1, (2, None)], "a": 3})
    [3, 1, 2, None]

    ```
    """
    found: list[Any] = []
    _gather(structure, found)
    return found


def _gather(structure: Any, found: list[Any]) -> None:
    level = _open(structure)
    if level is None:
        found.append(structure)
        return
    for child in level.children:
        _gather(child, found)


def flatten_with_path(structure: Any) -> list[tuple[Path, Any]]:
    """The leaves of nested containers, each with the indices and keys that lead to it.

    Args:
        structure: Containers in any nesting, or a leaf, which has the empty path.

    ```python
    >>> flatten_with_path({"b": [1, 2], "a": 3})
    [(('a',), 3), (('b', 0), 1), (('b', 1), 2)]

    ```
    """
    found: list[tuple[Path, Any]] = []
    _gather_with_path(structure, (), found)
    return found


def _gather_with_path(structure: Any, path: Path, found: list[tuple[Path, Any]]) -> None:
    level = _open(structure)
    if level is None:
        found.append((path, structure))
        return
    for entry, child in zip(level.entries, level.children, strict=True):
        _gather_with_path(child, (*path, entry), found)


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """A structure in which `func` has replaced what it wanted to: it is called on every container and every leaf.

    Where it returns `None`, that part stays; `MAP_TO_NONE` puts a `None` there; anything else is put there as it is.

    Args:
        func: Called on the whole, on what is in it, and so on.
        structure: Containers in any nesting, or a leaf.
        top_down: Whether a container comes before what is in it; what replaces one is not gone into then. Otherwise it
            comes after, with its parts replaced.

    Raises:
        ArgumentError: `func` is no function.

    ```python
    >>> traverse(lambda x: sum(x) if isinstance(x, tuple) else None, [(1, 2), {"a": (3, 4)}])
    [3, {'a': 7}]

    ```
    """
    _callable(func)
    return _traversed(func, structure, top_down)


def _traversed(func: Callable[[Any], Any], structure: Any, top_down: bool) -> Any:
    made = structure
    if top_down:
        answer = func(structure)
        if answer is not None:
            return None if answer is MAP_TO_NONE else answer
    level = _open(structure)
    if level is not None:
        made = level.close([_traversed(func, child, top_down) for child in level.children])
    if top_down:
        return made
    answer = func(made)
    if answer is None:
        return made
    return None if answer is MAP_TO_NONE else answer


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """What `func` returns for each leaf, nested as the leaves were.

    Args:
        func: Called with one leaf of each structure.
        *structures: Structures that are nested alike.
        none_is_leaf: Whether `func` is called for `None` too; else it stays.

    Raises:
        ArgumentError: `func` is no function, or there are no structures.
        StructureError: The structures are not nested alike.

    ```python
    >>> map_structure(lambda x, y: x + y, [1, {"a": 2}], [3, {"a": 4}])
    [4, {'a': 6}]

    ```
    """
    _callable(func)
    _some(structures)
    return _mapped(func, structures, (), none_is_leaf)


def _some(structures: Sequence[Any]) -> None:
    if not structures:
        raise ArgumentError("A function is mapped over at least one structure.", received="none")


def _mapped(func: Callable[..., Any], structures: Sequence[Any], path: Path, none_is_leaf: bool) -> Any:
    first = structures[0]
    level = _open(first)
    if level is None:
        if first is None and not none_is_leaf:
            if any(other is not None for other in structures):
                raise _unlike(path, structures)
            return None
        for other in structures[1:]:
            if _open(other) is not None or (other is None and not none_is_leaf):
                raise _unlike(path, structures)
        return func(*structures)
    columns = [level.children, *(_alike(first, level, other, path) for other in structures[1:])]
    made = []
    for entry, *row in zip(level.entries, *columns, strict=True):
        made.append(_mapped(func, row, (*path, entry), none_is_leaf))
    return level.close(made)


def _alike(first: Any, level: _Opened, other: Any, path: Path) -> Sequence[Any]:
    """The children of another container of the same kind and size, in the order of the first one's."""
    if isinstance(first, (dict, OrderedDict, defaultdict)):
        if not isinstance(other, dict) or first.keys() != other.keys():
            raise _unlike(path, (first, other))
        return [other[key] for key in level.entries]
    theirs = None if type(first) is not type(other) else _open(other)
    if theirs is None or len(theirs.children) != len(level.children):
        raise _unlike(path, (first, other))
    return theirs.children


def _unlike(path: Path, structures: Sequence[Any]) -> StructureError:
    shown = " and ".join(_shown(each) for each in structures)
    return StructureError("Structures that go together are nested alike.", received=f"{shown} at {_at(path)}")


def _shown(structure: Any) -> str:
    if isinstance(structure, dict):
        return f"{type(structure).__name__} of keys {list(structure)}"
    level = _open(structure)
    name = type(structure).__name__
    return f"a leaf of type {name}" if level is None else f"{name} of {len(level.children)}"


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """What `func` returns for whatever stands in `structures` where `shallow_structure` has its leaves.

    Args:
        shallow_structure: Says how deep to go; its leaves do not matter.
        func: Called with one part of each structure.
        *structures: Structures that are nested as the shallow one is, or deeper.

    Raises:
        ArgumentError: `func` is no function, or there are no structures.
        StructureError: A structure is less deep, or nested in another way.

    ```python
    >>> map_structure_up_to([None, None], len, [[1, 2], (3,)])
    [2, 1]

    ```
    """
    _callable(func)
    _some(structures)
    return _mapped_up_to(shallow_structure, func, structures, ())


def _mapped_up_to(shallow: Any, func: Callable[..., Any], structures: Sequence[Any], path: Path) -> Any:
    level = _open(shallow)
    if level is None:
        return func(*structures)
    columns = [_alike(shallow, level, each, path) for each in structures]
    made = []
    for entry, child, *row in zip(level.entries, level.children, *columns, strict=True):
        made.append(_mapped_up_to(child, func, row, (*path, entry)))
    return level.close(made)


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Raise unless two structures are nested alike: the same containers, of the same sizes or keys; leaves may differ.

    Dicts of all kinds are alike where their keys are.

    Args:
        a: A structure.
        b: Another one.
        check_types: Has no effect; giving it warns, as Keras does.

    Raises:
        StructureError: They are not nested alike.

    ```python
    >>> assert_same_structure([(0, 1)], [("a", "b")])

    ```
    """
    if check_types is not None:
        warnings.warn(
            "`check_types` has no effect; assert_same_paths compares without the types of containers.",
            DeprecationWarning,
            stacklevel=2,
        )
    _mapped(lambda *leaves: None, (a, b), (), True)


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise unless the leaves of two structures are reached by the same indices and keys, in whichever containers.

    Args:
        a: A structure.
        b: Another one.

    Raises:
        StructureError: A path of one is none of the other.

    ```python
    >>> assert_same_paths([1, 2], (3, 4))

    ```
    """
    ours = {path for path, _ in flatten_with_path(a)}
    theirs = {path for path, _ in flatten_with_path(b)}
    if ours != theirs:
        shown = [
            f"only in `{name}`: {', '.join(sorted(map(_at, paths)))}"
            for name, paths in (("a", ours - theirs), ("b", theirs - ours))
            if paths
        ]
        raise StructureError("The leaves of both structures have the same paths.", received="; ".join(shown))


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """A structure with the entries of a sequence in the place of its leaves: what undoes `flatten`.

    Args:
        structure: Containers in any nesting, or a leaf.
        flat_sequence: As many entries as `structure` has leaves.

    Raises:
        ArgumentError: `flat_sequence` can't be gone through.
        StructureError: There are more or fewer entries than leaves.

    ```python
    >>> pack_sequence_as({"b": [0, 0], "a": 0}, [1, 2, 3])
    {'b': [2, 3], 'a': 1}

    ```
    """
    try:
        entries = list(flat_sequence)
    except TypeError:
        raise ArgumentError(
            "`flat_sequence` is a sequence of leaves.", received=repr(type(flat_sequence)), hint="[leaf]"
        ) from None
    count = len(flatten(structure))
    if len(entries) != count:
        raise StructureError(
            "A structure is filled with as many entries as it has leaves.",
            received=f"{len(entries)} entries for {count} leaves",
        )
    return _filled(structure, iter(entries))


def _filled(structure: Any, entries: Any) -> Any:
    level = _open(structure)
    if level is None:
        return next(entries)
    return level.close([_filled(child, entries) for child in level.children])


def lists_to_tuples(structure: Any) -> Any:
    """The structure with tuples in the place of its lists.

    Args:
        structure: Containers in any nesting, or a leaf.

    ```python
    >>> lists_to_tuples([1, {"a": [2, 3]}])
    (1, {'a': (2, 3)})

    ```
    """
    return traverse(lambda part: tuple(part) if isinstance(part, list) else None, structure, top_down=False)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """What `func` returns for each shape in a structure: for each list or tuple of integers and `None`s.

    Args:
        func: Called with a shape, and with leaves that are in none.
        structure: Shapes in any nesting.

    Raises:
        ArgumentError: `func` is no function.

    ```python
    >>> map_shape_structure(len, {"a": (2, None), "b": [(1,), ()]})
    {'a': 2, 'b': [1, 0]}

    ```
    """
    _callable(func)
    return _shapes_mapped(func, structure)


def _shapes_mapped(func: Callable[[Any], Any], structure: Any) -> Any:
    whole = isinstance(structure, (list, tuple)) and all(isinstance(size, (int, type(None))) for size in structure)
    level = None if whole else _open(structure)
    if level is None:
        return func(structure)
    return level.close([_shapes_mapped(func, child) for child in level.children])
