"""`multikeras.tree` against Keras's own: the same leaves, structures and refusals."""

from __future__ import annotations

import collections
from typing import Any, NamedTuple

import keras
import pytest

from multikeras import tree
from multikeras.errors import ArgumentError, StructureError


class Point(NamedTuple):
    """Two of anything."""

    x: Any
    y: Any


class Other(NamedTuple):
    """The same, but another type."""

    x: Any
    y: Any


STRUCTURES = [
    1,
    None,
    "text",
    [],
    (),
    {},
    [[]],
    [1],
    [None],
    [[1, 2, 3], [4, [5], [[6]]]],
    {100: "world", 6: "hello"},
    {"b": (1, 2), "a": [3, {"d": 4, "c": 5}]},
    collections.OrderedDict([("b", 1), ("a", [2, 3])]),
    collections.defaultdict(list, {"b": 1, "a": 2}),
    Point(1, [2, Point(3, 4)]),
    collections.deque([1, (2, 3)]),
    [(2, 3), (None, 4)],
    {"a": (None, 3), "b": [(1, 2), (3,)]},
    [True, 2.5, (None, b"x")],
]


def _outcome(function, *arguments, **keywords):
    """What a call returns, or that it raises."""
    try:
        return repr(function(*arguments, **keywords))
    except Exception:  # noqa: BLE001 - which one is not compared
        return "raises"


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_functions_of_one_structure_are_keras(structure) -> None:
    """Leaves, paths, and structures made anew."""
    for name in ("is_nested", "flatten", "flatten_with_path", "lists_to_tuples"):
        assert _outcome(getattr(tree, name), structure) == _outcome(getattr(keras.tree, name), structure), name
    for none_is_leaf in (True, False):
        ours, theirs = (
            _outcome(t.map_structure, lambda x: (x, "seen"), structure, none_is_leaf=none_is_leaf)
            for t in (tree, keras.tree)
        )
        assert ours == theirs
    assert _outcome(tree.map_shape_structure, lambda x: ("shape", x), structure) == _outcome(
        keras.tree.map_shape_structure, lambda x: ("shape", x), structure
    )
    count = len(tree.flatten(structure))
    for entries in (list(range(count)), list(range(count + 1)), list(range(max(count - 1, 0))), 3):
        assert _outcome(tree.pack_sequence_as, structure, entries) == _outcome(
            keras.tree.pack_sequence_as, structure, entries
        )


@pytest.mark.parametrize("top_down", [True, False])
@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_traverse_visits_and_replaces_as_keras(structure, top_down) -> None:
    """The order of calls, and what replaces a part."""
    seen: dict[str, list] = {"ours": [], "theirs": []}

    def replace(which, nothing, x):
        seen[which].append(repr(x))
        if x == 2:
            return nothing
        return sum(x) if isinstance(x, tuple) and len(x) == 2 and all(isinstance(e, int) for e in x) else None

    ours = tree.traverse(lambda x: replace("ours", tree.MAP_TO_NONE, x), structure, top_down=top_down)
    theirs = keras.tree.traverse(lambda x: replace("theirs", keras.tree.MAP_TO_NONE, x), structure, top_down=top_down)
    assert repr(ours) == repr(theirs)
    assert seen["ours"] == seen["theirs"]


@pytest.mark.parametrize("b", STRUCTURES, ids=repr)
def test_functions_of_two_structures_are_keras(b) -> None:
    """Which pairs go together."""
    for a in [*STRUCTURES, Other(1, [2, Other(3, 4)]), {"a": 1, "b": [2]}, {"a": 1, "b": 2}, [[0, 0], 0]]:
        for name in ("assert_same_structure", "assert_same_paths"):
            assert _outcome(getattr(tree, name), a, b) == _outcome(getattr(keras.tree, name), a, b), (name, a)
        ours, theirs = (_outcome(t.map_structure, lambda x, y: (x, y), a, b) for t in (tree, keras.tree))
        assert ours == theirs, a
        if None in tree.flatten(a):
            # Keras's own example, which this function fails on JAX, has such leaves.
            continue
        ours, theirs = (_outcome(t.map_structure_up_to, a, lambda x: ("seen", x), b) for t in (tree, keras.tree))
        assert ours == theirs, a


def test_errors_say_where_structures_differ() -> None:
    """The place by its path, and what stands there."""
    with pytest.raises(StructureError, match=r"list of 1 and tuple of 1 at structure\['a'\]\[0\]"):
        tree.assert_same_structure({"a": [[1]]}, {"a": [(1,)]})
    with pytest.raises(StructureError, match=r"only in `b`: structure\[1\]"):
        tree.assert_same_paths([1], [1, 2])
    with pytest.raises(StructureError, match="3 entries for 2 leaves"):
        tree.pack_sequence_as([1, 2], [1, 2, 3])
    with pytest.raises(ArgumentError, match="`func` is a function"):
        tree.traverse(None, [1])  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="at least one structure"):
        tree.map_structure(lambda: None)
    with pytest.warns(DeprecationWarning, match="no effect"):
        tree.assert_same_structure([1], [2], check_types=True)
