"""Public names and signatures: whatever multikeras has under a name of Keras takes the same arguments."""

from __future__ import annotations

import importlib
import inspect

import pytest

import multikeras

NAMESPACES = (
    *("activations", "callbacks", "config", "constraints", "initializers", "layers", "losses", "metrics", "models"),
    *("ops", "ops.image", "optimizers", "optimizers.schedules", "random", "regularizers", "saving", "utils"),
)


def _pairs() -> list[tuple[str, object, object]]:
    found = []
    for space in NAMESPACES:
        ours = importlib.import_module(f"multikeras.{space}")
        theirs = importlib.import_module(f"keras.{space}")
        for name in dir(theirs):
            if not name.startswith("_") and hasattr(ours, name):
                mine, other = getattr(ours, name), getattr(theirs, name)
                if callable(mine) and callable(other):
                    found.append((f"{space}.{name}", mine, other))
    return found


def _parameters(thing: object) -> list[tuple[str, object]] | None:
    # Keras's classes define `__new__`, which hides their constructors.
    function = thing.__init__ if isinstance(thing, type) else thing
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    kept = []
    for p in list(signature.parameters.values())[isinstance(thing, type) :]:
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            kept.append((p.name, "required" if p.default is p.empty else _plain(p.default)))
    return kept


def _plain(default: object) -> object:
    return default if isinstance(default, (int, float, str, bool, tuple, type(None))) else "object"


def test_there_is_much_to_compare() -> None:
    """The comparison below is not empty."""
    assert len(_pairs()) > 300


def test_constructors_are_shown_with_their_arguments() -> None:
    """Editors and `help` read the signature of a class."""
    for kind in (multikeras.layers.Dense, multikeras.optimizers.Adam, multikeras.Variable, multikeras.Sequential):
        shown = list(inspect.signature(kind).parameters)
        assert shown == list(inspect.signature(kind.__init__).parameters)[1:]
        assert len(shown) > 2


@pytest.mark.parametrize("pair", _pairs(), ids=lambda pair: pair[0])
def test_signature_is_keras(pair: tuple[str, object, object]) -> None:
    """Names, order and defaults; further parameters may follow, with defaults."""
    _, ours, theirs = pair
    mine, other = _parameters(ours), _parameters(theirs)
    if mine is None or other is None:
        return
    assert mine[: len(other)] == other
    assert all(default != "required" for _, default in mine[len(other) :])
