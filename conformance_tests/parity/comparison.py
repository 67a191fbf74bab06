"""Calls of an op beside Keras's function of the same name on the same tensors."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import ml_dtypes
import numpy as np
from multikeras_conformance import calls
from multikeras_conformance.calls import Call
from parity.differences import Seen

from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op, Parameter
from multikeras.ops._samples import Draw
from multikeras.testing import assert_close

DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "bfloat16",
    "float16",
    "float32",
    "float64",
    "complex64",
)
NUMBERS = {"python bool": True, "python int": 2, "python float": 2.5}
# Compiling is what takes JAX's time. Of tables longer than this, those of all pairs, one call in so many is compiled;
# of the others the trace tells the dtypes.
_LONG, _COMPILED = 60, 7


def theirs_of(op: Op) -> Callable | None:
    """Keras's function, if it has one."""
    found: Any = keras.ops
    for part in op.name.split("."):
        found = getattr(found, part, None)
    return found


def compared_ops() -> list[Op]:
    """Every op that Keras has too."""
    return [op for op in DECLARED.values() if theirs_of(op) is not None]


@dataclasses.dataclass
class Beside:
    """A case of an op, its arguments, and the dtypes of its tensors.

    Args:
        call: The case.
        values: Its arguments.
        inputs: The dtypes of those tensors of which there is a table, or of all.
        traced: Whether JAX is only asked for the dtypes of the results.
    """

    call: Call
    values: list[Any]
    inputs: tuple[str, ...]
    traced: bool = False


# -- Which calls ----------------------------------------------------------------------------------------------


def _held(call: Call) -> bool:
    """Whether the backend has the dtypes that a call asks for by name; JAX narrows 64 bits, which we refuse."""
    wanted = {a for a in calls.leaves([*call.case.arguments, *call.case.keywords.values()]) if isinstance(a, str)}
    return calls.fits(call) and all(calls.holds(name) for name in wanted if name in lattice.ALL)


def declared(op: Op) -> list[Beside]:
    """Every case of an op in float32 or in its first dtype."""
    found = []
    for call in calls.calls(raising=False, first_dtype=True, only=op):
        values = call.values()
        if _held(call) and not isinstance(calls.rule_of(call, values), MultikerasError):
            tensors = calls.leaves([values[p.position] for p in op.tensor_parameters])
            found.append(Beside(call, values, tuple(a.dtype.name for a in tensors if isinstance(a, np.ndarray))))
    return found


def tables(op: Op) -> Iterator[list[Beside]]:
    """Each plain case of an op over all dtypes, and over all pairs of them where tensors are promoted."""
    for number, drawn in _plain(op):
        yield _table(op, number, drawn)


def _table(op: Op, number: int, drawn: list[Parameter]) -> list[Beside]:
    dtypes = [d for d in DTYPES if calls.holds(d)]
    many = drawn[0].many
    if many or (len(drawn) == 2 and op.cast is not None and set(drawn) <= set(op.cast_parameters)):
        kinds: Iterable[tuple[str, ...]] = itertools.product(dtypes, dtypes)
        if not many:
            beside = itertools.product(dtypes, NUMBERS)
            kinds = itertools.chain(kinds, *(((d, n), (n, d)) for d, n in beside))
    else:
        others = [
            tuple(d if i == j else "float32" for j in range(len(drawn))) for i in range(len(drawn)) for d in dtypes
        ]
        kinds = dict.fromkeys([(d,) * len(drawn) for d in dtypes] + others)
    found = [_in_dtypes(op, number, drawn, kind) for kind in kinds]
    if len(found) > _LONG:
        for i, each in enumerate(found):
            each.traced = i % _COMPILED != 0
    return found


def _plain(op: Op) -> Iterator[tuple[int, list[Parameter]]]:
    """The cases of an op that have tensors of any dtype, and the parameters that those are for."""
    for number, case in enumerate(op.cases):
        if case.raises is not None or case.dtypes is not None:
            continue
        bound = op.signature.bind(*case.arguments, **case.keywords).arguments
        drawn = [p for p in op.tensor_parameters if p.name in bound and _free(bound[p.name])]
        if drawn and _held(Call(op, number, "float32")):
            yield number, drawn


def _free(argument: Any) -> bool:
    return any(isinstance(a, Draw) and a.dtype is None for a in calls.leaves([argument]))


@functools.cache
def _drawn(op: Op, number: int, dtype: str) -> list[Any]:
    return Call(op, number, dtype).values()


def _in_dtypes(op: Op, number: int, drawn: list[Parameter], kinds: tuple[str, ...]) -> Beside:
    floats = [k for k in kinds if k in calls.FLOATS]
    call = Call(op, number, floats[0] if floats else "float32")
    values = list(_drawn(op, number, call.dtype))
    if drawn[0].many:
        count = len(values[drawn[0].position])
        values[drawn[0].position] = [_drawn(op, number, kinds[i % 2])[drawn[0].position][i] for i in range(count)]
        return Beside(call, values, kinds)
    for p, kind in zip(drawn, kinds, strict=True):
        values[p.position] = NUMBERS[kind] if kind in NUMBERS else _drawn(op, number, kind)[p.position]
    return Beside(call, values, kinds)


# -- What they give -------------------------------------------------------------------------------------------


def results(function: Callable, given: list[Beside]) -> list[Any]:
    """What a function gives for each of the calls: a list of arrays, or the exception that it raises."""
    if keras.backend.backend() != "jax":
        return [_result(function, each) for each in given]
    found: list[Any] = [None] * len(given)
    for traced in (False, True):
        places = [i for i, each in enumerate(given) if each.traced is traced]
        for i, result in zip(places, _in_one_program(function, [given[i] for i in places], traced), strict=True):
            found[i] = result
    return found


def _result(function: Callable, each: Beside) -> Any:
    # Some of Keras's functions on NumPy write into their arguments.
    values = [_copied(value) for value in each.values]
    try:
        found = calls.leaves(each.call.op.invoke(function, calls.native(each.call, values)))
        return [calls.to_numpy(x) for x in found]
    except Exception as error:  # noqa: BLE001 - whatever either side raises is what is compared
        return error


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return [_copied(v) for v in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def _in_one_program(function: Callable, given: list[Beside], traced: bool = False) -> list[Any]:
    """The same on JAX, compiled at once rather than kernel by kernel; where `traced`, with zeros for values."""
    import jax

    if not given:
        return []
    found: list[Any] = [None] * len(given)
    natives = [calls.native(each.call, each.values) for each in given]
    arrays, structure = jax.tree.flatten(natives)
    dynamic = [isinstance(a, jax.Array) for a in arrays]

    def program(tensors: list[Any]) -> list[Any]:
        left = iter(tensors)
        rebuilt = jax.tree.unflatten(structure, [next(left) if d else a for a, d in zip(arrays, dynamic, strict=True)])
        made: list[Any] = []
        for i, each in enumerate(given):
            try:
                made.append(calls.leaves(each.call.op.invoke(function, rebuilt[i])))
            except Exception as error:  # noqa: BLE001
                found[i] = error
                made.append([])
        return made

    tensors = [a for a, d in zip(arrays, dynamic, strict=True) if d]
    try:
        if traced:
            made = jax.tree.map(lambda x: np.zeros(x.shape, x.dtype), jax.eval_shape(program, tensors))
        else:
            made = jax.jit(program)(tensors)
    except Exception:  # noqa: BLE001
        # A result that is no array, or a program of which some part does not compile.
        if len(given) == 1:
            return [_result(function, given[0])]
        half = len(given) // 2
        return [*_in_one_program(function, given[:half], traced), *_in_one_program(function, given[half:], traced)]
    for i, each in enumerate(given):
        # It may be the trace alone that fails.
        found[i] = [np.asarray(x) for x in made[i]] if found[i] is None else _result(function, each)
    return found


def differences_of(op: Op, among: str) -> list[Seen]:
    """Where an op differs from Keras, which counts as a difference too where Keras fails in every call.

    Args:
        op: The op.
        among: `"cases"` or `"dtypes"`.
    """
    theirs = theirs_of(op)
    assert theirs is not None
    seen: list[Seen] = []
    both: list[tuple[Beside, Any]] = []
    # An op without a case that has tensors of any dtype has no table.
    wanted: list[Any] = [None] if among == "cases" else []
    for given in [declared(op)] if among == "cases" else tables(op):
        wanted = results(theirs, given)
        # Where Keras fails there is nothing to be equal to.
        both = [(each, they) for each, they in zip(given, wanted, strict=True) if not isinstance(they, Exception)]
        if both:
            break
    if not both and wanted:
        return [Seen(op.name, among, "", (), "uncompared", message=f"Keras raises in each call: {wanted[:1]}")]
    received = results(op.function, [each for each, _ in both])
    for (each, they), we in zip(both, received, strict=True):
        if isinstance(we, Exception) and not isinstance(we, MultikerasError):
            raise AssertionError(f"an error that is not ours\n{each.inputs} {each.call.context()}") from we
        seen += _differences(op, among, each, we, they)
    return seen


def text_of(case: Any) -> str:
    """A case as `differences.toml` names it: without addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(case))


def _differences(op: Op, among: str, each: Beside, we: Any, they: list[np.ndarray]) -> list[Seen]:
    context = f"{each.call.context()}\n{' '.join(each.inputs)}"

    def seen(what: str, message: str) -> Seen:
        return Seen(op.name, among, text_of(each.call.case), each.inputs, what, ours, theirs, f"{message}\n{context}")

    theirs = tuple(x.dtype.name for x in they)
    if isinstance(we, Exception):
        ours: tuple[str, ...] = ()
        return [seen("refused", str(we))]
    ours = tuple(x.dtype.name for x in we)
    found = []
    if ours != theirs:
        found.append(seen("dtype", f"dtype {ours}, Keras {theirs}"))
    try:
        for x, y in zip(calls.comparable(op, we), calls.comparable(op, they), strict=True):
            if _kind(x) == _kind(y):
                _assert_close(x, y, each, 4 * (each.call.case.tolerance or 8))
    except (AssertionError, ValueError) as error:
        found.append(seen("values", str(error)))
    return found


def _kind(x: np.ndarray) -> str:
    """Floats are compared with floats, integers with integers: 2.5 is not 2."""
    name = x.dtype.name
    return (
        "float"
        if name in lattice.FLOATS
        else "complex"
        if name in lattice.COMPLEX
        else (name == "bool" and name) or "int"
    )


def _assert_close(x: np.ndarray, y: np.ndarray, each: Beside, tolerance: float) -> None:
    """To the precision of the coarsest float among results and arguments."""
    floats = [d for d in (x.dtype.name, y.dtype.name, *each.inputs) if d in lattice.FLOATS or d in lattice.COMPLEX]
    if _kind(x) not in ("float", "complex"):
        if x.dtype != y.dtype:
            x, y = x.astype(np.int64), y.astype(np.int64)
        assert_close(x, y, x.dtype.name, tolerance)
        return
    if _kind(x) == "float":
        floats = [{"complex64": "float32", "complex128": "float64"}.get(d, d) for d in floats]
        coarsest = max(floats, key=_eps)
    else:
        coarsest = "complex64" if any(_eps(d) >= _eps("float32") for d in floats) else "complex128"
    assert_close(x, y, coarsest, tolerance)


def _eps(name: str) -> float:
    part = {"complex64": "float32", "complex128": "float64"}.get(name, name)
    return float(ml_dtypes.finfo(lattice.numpy_dtype(part)).eps)
