"""What is wrong with the arguments of a call that failed, where the op's own rule finds nothing: their kinds.

It is asked after a failure alone, so calls that go well pay nothing for it.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multikeras.dtypes.lattice import INTEGERS, standardize
from multikeras.errors import ArgumentError, MultikerasError
from multikeras.ops._values import describe_value

if TYPE_CHECKING:
    from multikeras.ops._op import Op

_NAMES = {
    "bool": "a bool",
    "int": "an integer",
    "float": "a number",
    "complex": "a number",
    "str": "a string",
    "None": "None",
    "Axis": "an axis, a tuple of axes",
    "Sequence[int]": "a sequence of integers",
    "Sequence[int | None]": "a sequence of integers",
    "tuple[int, ...]": "a sequence of integers",
    "tuple[int, int]": "a sequence of integers",
    "list[int]": "a sequence of integers",
    "Sequence[float]": "a sequence of numbers",
    "Sequence[Any]": "a sequence",
    "Sizes": "an integer or a sequence of integers",
    "Any": "a tensor",
}
_CALLABLE, _CALLABLES = "Callable[", "Sequence[Callable["


def argument_error(op: Op, values: Sequence[Any]) -> MultikerasError | None:
    """The error of the first argument that is not of a kind that the op's signature names; `None` if all are."""
    for p, raw in zip(op.parameters, op.signature.parameters.values(), strict=True):
        value = values[p.position]
        if p.tensor:
            some = value if p.many and isinstance(value, (list, tuple)) else (value,)
            if any(each is None for each in some) and not p.optional and raw.default is raw.empty:
                return ArgumentError(f"ops.{op.name} takes a tensor as `{p.name}`.", received=_received(p.name, value))
            continue
        # The bars between kinds, not those inside one.
        kinds = re.split(r" \| (?![^\[]*\])", str(raw.annotation))
        called = kinds[0].startswith((_CALLABLE, _CALLABLES))
        if called and not _is_called(value, kinds[0]):
            wanted = "functions" if kinds[0].startswith(_CALLABLES) else "a function"
            return ArgumentError(f"ops.{op.name} takes {wanted} as `{p.name}`.", received=_received(p.name, value))
        if raw.kind in (raw.VAR_POSITIONAL, raw.VAR_KEYWORD) or kinds == ["Any"] or not _NAMES.keys() >= set(kinds):
            continue
        if not any(_is(value, kind) for kind in kinds):
            wanted = " or ".join(dict.fromkeys(_NAMES[kind] for kind in kinds))
            return ArgumentError(f"ops.{op.name} takes {wanted} as `{p.name}`.", received=_received(p.name, value))
    return None


def with_flags(op: Op, values: Sequence[Any]) -> list[Any] | None:
    """The arguments with bools where 0, 1 or a bool of NumPy stands for one, `None` where there is no such argument.

    Some kernels take these and some refuse them: a call that failed is made again.
    """
    found = None
    for i, (raw, value) in enumerate(zip(op.signature.parameters.values(), values, strict=True)):
        if str(raw.annotation) == "bool" and type(value) is not bool and _is_flag(value):
            found = list(values) if found is None else found
            found[i] = bool(value)
    return found


def _is_flag(value: Any) -> bool:
    return isinstance(value, np.bool_) or (type(value) is int and value in (0, 1))


def _received(name: str, value: Any) -> str:
    return f"{name}={describe_value(value)}"


def _is_called(value: Any, kind: str) -> bool:
    if kind.startswith(_CALLABLES):
        return isinstance(value, (list, tuple)) and all(map(callable, value))
    return callable(value)


def _is(value: Any, kind: str) -> bool:
    if hasattr(value, "dtype") and getattr(value, "shape", None) == ():
        # A number that is a tensor: kernels take those where they can.
        return kind not in ("str", "None") and (kind not in ("int", "Axis") or _is_whole(value.dtype))
    if kind == "None":
        return value is None
    if kind == "Any":
        return hasattr(value, "shape")
    if kind == "str":
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if kind == "Sequence[Any]":
        return isinstance(value, (list, tuple))
    if "[" in kind:
        return _is_sequence(value, "float" if "float" in kind else "int", "None" in kind)
    if kind == "Sizes":
        return _is(value, "int") or _is_sequence(value, "int", False)
    if kind == "Axis":
        return (
            value is None
            or _is(value, "int")
            or (isinstance(value, (list, tuple)) and all(_is(a, "int") for a in value))
        )
    return isinstance(value, numbers.Real if kind == "float" else numbers.Complex)


def _is_whole(dtype: Any) -> bool:
    try:
        return standardize(dtype) in INTEGERS
    except MultikerasError:
        return False


def _is_sequence(value: Any, kind: str, open_sizes: bool) -> bool:
    if isinstance(value, (str, bytes, dict)):
        return False
    try:
        entries = list(value)
    except TypeError:
        return False
    return all((open_sizes and entry is None) or _is(entry, kind) for entry in entries)
