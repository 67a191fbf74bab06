"""Calls of ops: what a declared case means in a dtype, and what the rule and the oracle say of it."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from multikeras.backend import current
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, MultikerasError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.ops._op import DECLARED, Op
from multikeras.ops._samples import Case, Draw
from multikeras.ops._values import argument_spec, cast_dtype

FLOATS = ("float32", "float64", "float16", "bfloat16")
DTYPES = (
    *(*FLOATS, "int32", "int64", "int8", "uint8", "bool", "complex64"),
    *("int16", "uint16", "uint32", "uint64", "complex128"),
)

thorough = False
"""Whether every case runs in every dtype, and what else takes long: the option `--thorough`."""


@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """One case of an op in one dtype.

    Args:
        op: The op.
        number: Which of its cases it is.
        dtype: The dtype of the tensors that are drawn.
    """

    op: Op
    number: int
    dtype: str

    @property
    def case(self) -> Case:
        """The case."""
        return self.op.cases[self.number]

    def __str__(self) -> str:
        return f"{self.op.name}-{self.number}-{self.dtype}"

    def values(self) -> list[Any]:
        """Every argument by position, tensors as NumPy arrays."""
        bound = self.op.signature.bind(*self.case.arguments, **self.case.keywords)
        bound.apply_defaults()
        found = []
        for p in self.op.parameters:
            value = bound.arguments[p.name]
            found.append(_tensor(value, p.many, self.dtype) if p.tensor else value)
        return found

    def context(self) -> str:
        """How to repeat it."""
        what = f"ops.{self.op.name}({self.case}) in {self.dtype}"
        return f"{what}\nrepeat: pytest --pyargs multikeras_conformance --mk-backend={current().name} -k '{self}'"


def _tensor(value: Any, many: bool, dtype: str) -> Any:
    """A sample in the place of a tensor: draws and lists of floats are in the dtype of the call, those of complex
    numbers with parts of as many bits, ints in int32."""
    if isinstance(value, Draw):
        return value.array(dtype)
    if many and isinstance(value, (list, tuple)):
        return [_tensor(v, False, dtype) for v in value]
    if isinstance(value, list):
        array = np.asarray(value)
        if array.dtype.kind == "f":
            # What 16 bits do not hold is infinite there.
            with np.errstate(over="ignore"):
                return array.astype(lattice.numpy_dtype(dtype if dtype in lattice.FLOATS else "float32"))
        if array.dtype.kind == "c":
            return array.astype("complex128" if dtype in ("float64", "complex128") else "complex64")
        return array if array.dtype.kind == "b" else array.astype(np.int32)
    return value


def leaves(x: Any) -> list[Any]:
    """The entries of nested lists and tuples, specs being entries."""
    if isinstance(x, (list, tuple)) and not isinstance(x, Spec):
        return [e for v in x for e in leaves(v)]
    return [x]


@functools.cache
def holds(dtype: str) -> bool:
    """Whether the backend has a dtype."""
    try:
        current().tensors.native_dtype(dtype)
    except DTypeError:
        return False
    return True


@functools.cache
def dtypes_held() -> tuple[str, ...]:
    """The dtypes that the backend has."""
    return tuple(d for d in DTYPES if holds(d))


def dtypes_of(case: Case) -> tuple[str, ...]:
    """The dtypes that a case is run in: its own, or all where tensors are drawn."""
    arguments = leaves(list(case.arguments) + list(case.keywords.values()))
    if case.dtypes is not None:
        wanted = case.dtypes
    elif any(isinstance(a, Draw) and a.dtype is None for a in arguments):
        wanted = DTYPES
    elif any(isinstance(a, float) for a in arguments):
        wanted = FLOATS
    else:
        wanted = ("float32",)
    return tuple(d for d in wanted if holds(d))


def sampled_dtypes(op: Op, times: int) -> list[tuple[str, ...]]:
    """The dtypes that each case of an op is run in: its first, and each of the others in some cases, which take turns.

    Args:
        op: The op.
        times: How many cases a dtype is run in where it is not the first. Zero for the first dtype alone.
    """
    own = [dtypes_of(case) for case in op.cases]
    chosen = [list(dtypes[:1]) for dtypes in own]
    for turn, dtype in enumerate(DTYPES):
        # Cases that raise do so in their first dtype.
        able = [n for n, dtypes in enumerate(own) if dtype in dtypes[1:] and op.cases[n].raises is None]
        for k in range(min(times, len(able))):
            chosen[able[(turn + k) % len(able)]].append(dtype)
    return [tuple(dtypes) for dtypes in chosen]


def fits(call: Call) -> bool:
    """Whether the backend has every dtype among the tensors of a call."""
    return fits_values(call.values())


def fits_values(values: list[Any]) -> bool:
    """Whether the backend has every dtype among some arguments."""
    return all(holds(lattice.standardize(v.dtype)) for v in leaves(values) if isinstance(v, (np.ndarray, np.generic)))


def calls(raising: bool | None = None, first_dtype: bool = False, only: Op | None = None) -> list[Call]:
    """Every call that the suite makes.

    Args:
        raising: Whether the case raises; both with `None`.
        first_dtype: Whether each case is taken in its first dtype alone.
        only: The op whose calls are asked for; all ops with `None`.
    """
    found = []
    for op in DECLARED.values() if only is None else (only,):
        # Each dtype that is not a case's first in one case of the op.
        times = 0 if first_dtype else len(op.cases) if thorough else 1
        for number, (case, dtypes) in enumerate(zip(op.cases, sampled_dtypes(op, times), strict=True)):
            if raising is not None and (case.raises is not None) != raising:
                continue
            for dtype in dtypes:
                call = Call(op, number, dtype)
                if fits(call):
                    found.append(call)
    return found


def specs_of(call: Call, values: list[Any]) -> list[Any]:
    """The arguments with specs in the place of tensors."""
    found = list(values)
    for p in call.op.tensor_parameters:
        value = values[p.position]
        if value is not None:
            found[p.position] = [argument_spec(v, None) for v in value] if p.many else argument_spec(value, None)
    return found


def rule_of(call: Call, values: list[Any]) -> Any:
    """What the op's rule says of a call: specs, or the error that it raises."""
    try:
        return call.op.result_spec(values)
    except MultikerasError as error:
        return error


def result_fits(rule: Any) -> bool:
    """Whether the backend has every dtype of a result that is as a rule says."""
    return all(holds(spec.dtype) for spec in leaves(rule))


def native(call: Call, values: list[Any]) -> list[Any]:
    """The arguments with native tensors in the place of arrays."""
    from_numpy = current().tensors.from_numpy

    def convert(value: Any) -> Any:
        return from_numpy(value) if isinstance(value, np.ndarray) else value

    found = list(values)
    for p in call.op.tensor_parameters:
        value = values[p.position]
        found[p.position] = [convert(v) for v in value] if p.many and value is not None else convert(value)
    return found


def run(call: Call, values: list[Any]) -> Any:
    """Call the op's public function with every argument."""
    return call.op.invoke(call.op.function, values)


def to_numpy(x: Any) -> np.ndarray:
    """A result as an array."""
    return x if isinstance(x, np.ndarray) else np.asarray(current().tensors.to_numpy(x))


def widened(call: Call, values: list[Any]) -> list[Any]:
    """The arguments as the oracle takes them: cast as the rule says, then floats in float64."""
    op = call.op
    names = {
        spec.dtype
        for p in op.cast_parameters
        if values[p.position] is not None
        for spec in leaves(
            [argument_spec(v, None) for v in values[p.position]] if p.many else argument_spec(values[p.position], None)
        )
    }
    target = cast_dtype(op.cast, names) if op.cast and names else None
    found = list(values)
    for p in op.tensor_parameters:
        goal = target if p in op.cast_parameters else None
        value = values[p.position]
        found[p.position] = [_wide(v, goal) for v in value] if p.many and value is not None else _wide(value, goal)
    return found


def _wide(value: Any, target: str | None) -> Any:
    if value is None:
        return None
    array = np.asarray(value)
    if target is not None and array.dtype.name != target and target not in lattice.FLOATS:
        array = array.astype(lattice.numpy_dtype(target))
    name = target if target is not None else array.dtype.name
    if name in lattice.FLOATS:
        return array.astype(np.float64)
    return array.astype(np.complex128) if name in lattice.COMPLEX else array


def oracle(call: Call, values: list[Any]) -> Any:
    """What the op's oracle returns for a call."""
    op = call.op
    assert op.reference is not None
    if op.star is not None:
        return op.invoke(op.reference, values)
    # As a person would write it: what has no default by position, what differs from its default by name.
    leading: list[Any] = []
    named: dict[str, Any] = {}
    for p, raw in zip(op.parameters, op.signature.parameters.values(), strict=True):
        value = values[p.position]
        if raw.kind is raw.VAR_KEYWORD:
            named.update(value)
        elif p.default is raw.empty and not named:
            leading.append(value)
        elif value is not p.default and not _equals(value, p.default):
            named[p.name] = value
    return op.reference(*leading, **named)


def comparable(op: Op, results: Any) -> list[Any]:
    """What of an op's results is compared: those that are unique, as the op says it."""
    found = leaves(results)
    return found if op.unique is None else leaves(op.unique(*found))


def tolerance(call: Call, dtype: str) -> float:
    """The allowed error of a result, in units of its dtype's eps."""
    # In 64 bits the oracle rounds as much as the op does; a product of complex numbers is one of four, and two sums.
    wide, parts = dtype in ("float64", "complex128"), dtype in lattice.COMPLEX
    return (call.case.tolerance or 8) * (2 if wide else 1) * (2 if parts else 1)


def _equals(value: Any, default: Any) -> bool:
    return isinstance(value, (int, float, bool, str)) and type(value) is type(default) and value == default


def symbolic(values: list[Any], unknown: int | None = None) -> tuple[list[Any], int]:
    """The arguments with symbolic tensors in the place of arrays, and how many sizes those have.

    Args:
        values: The arguments.
        unknown: Which of the sizes is unknown; with -1 all are.
    """
    count = 0

    def convert(value: Any) -> Any:
        nonlocal count
        if isinstance(value, list):
            return [convert(v) for v in value]
        if not isinstance(value, np.ndarray):
            return value
        shape = []
        for size in value.shape:
            shape.append(None if unknown in (count, -1) else size)
            count += 1
        return KerasTensor(shape, lattice.standardize(value.dtype))

    return [convert(v) for v in values], count
