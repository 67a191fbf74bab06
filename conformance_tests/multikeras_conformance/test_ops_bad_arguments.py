"""Bad arguments: for every op and every argument in turn one error of ours, that of the op's rule."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras_conformance import calls
from multikeras_conformance.calls import Call


class _Odd:
    """What nothing takes."""

    def __repr__(self) -> str:
        return "<odd>"


ODD = _Odd()
NO_TENSORS = ("text", {"a": 1}, [[1.0], [1.0, 2.0]], ODD, [ODD])
DTYPES = ("bool", "uint8", "int32", "float16", "float32", "complex64")
# By the first kind that an annotation names. Where kernels take a neighbouring kind, such as True for 1 and 1 for True,
# that is no fault.
WRONG = {
    "int": ("nonsense", ODD, float("nan"), (5, -7), -7),
    "str": ("nonsense", 3, ODD),
    "bool": ("x", ODD),
    "DType": ("nonsense", "string", ODD),
    "Axis": ("x", ODD, (0, 0, 0), ((0,),)),
    "Sizes": ("x", ODD, 0, -7, (1.5,), ("x",), {}, (1, 1, 1, 1, 1)),
    "Sequence[int]": ("x", ODD, (-7,), ("x",), (1.5,)),
}
# Functions that are handed to an op are called before its rule is asked.
CALLED = {"custom_gradient", "while_loop", "fori_loop", "vectorized_map", "scan", "associative_scan", "map", "cond"}
CALLED |= {"switch", "vjp", "jvp", "value_and_grad", "grad"}
# Of what a rule allows, one call in so many is made: there compilers take their time.
_MADE = 16


def _ops() -> list[Op]:
    return [op for op in DECLARED.values() if op.name not in CALLED and not op.keywords and _first(op) is not None]


def _first(op: Op) -> Call | None:
    return next(iter(calls.calls(raising=False, first_dtype=True, only=op)), None)


def _tensors(x: np.ndarray) -> Iterator[Any]:
    """Other tensors than the one that goes well: of other dtypes, with an axis more or less, of another size."""
    real = np.nan_to_num(np.real(x).astype("float32"))
    for name in DTYPES:
        if name != x.dtype.name:
            yield (np.abs(real) if name == "uint8" else real).astype(lattice.numpy_dtype(name))
    yield x[None]
    yield x[..., None]
    if x.ndim and x.size:
        yield x[0]
        yield x[:0]
        yield np.concatenate([x, x[..., :1]], -1)
    if x.ndim > 1 and x.size:
        yield x.reshape(-1)[:1].reshape(())
        yield np.concatenate([x, x[:1]], 0)


def _wrong(op: Op, values: list[Any]) -> Iterator[tuple[int, Any]]:
    """What each argument is replaced by, and where."""
    most = max([x.ndim for x in calls.leaves(values) if isinstance(x, np.ndarray)], default=0)
    for p, raw in zip(op.parameters, op.signature.parameters.values(), strict=True):
        value = values[p.position]
        if p.tensor:
            others: list[Any] = [*NO_TENSORS] if p.optional else [*NO_TENSORS, None]
            first = value[0] if p.many and value else value
            if isinstance(first, np.ndarray):
                others += _tensors(first)
            for other in others:
                yield p.position, [other, *(value or ())[1:]] if p.many else other
        else:
            kind = str(raw.annotation).partition(" |")[0]
            yield from ((p.position, other) for other in WRONG.get(kind, ()))
            if "axis" in p.name and kind in ("int", "Axis"):
                # A result may have an axis more.
                yield from ((p.position, other) for other in (most + 1, -most - 2))


@pytest.mark.parametrize("op", _ops(), ids=lambda op: op.name)
def test_bad_argument_is_the_error_of_the_rule(op: Op) -> None:
    """What the rule refuses is refused with its words; what it allows raises nothing but errors of ours, and has the
    shape and dtype that it says."""
    call = _first(op)
    assert call is not None
    values = call.values()
    for turn, (position, value) in enumerate(_wrong(op, values)):
        arguments = list(values)
        arguments[position] = value
        if not calls.fits_values([value] if isinstance(value, np.ndarray) else []):
            continue
        context = f"{op.parameters[position].name}={value!r}\n{call.context()}"
        rule = _rule(call, arguments)
        if not isinstance(rule, MultikerasError) and zlib.crc32(f"{op.name} {turn}".encode()) % _MADE:
            continue
        received = _received(call, arguments, context)
        if isinstance(rule, MultikerasError):
            assert isinstance(received, MultikerasError), f"is taken, but: {rule}\n{context}"
            assert (type(received), str(received)) == (type(rule), str(rule)), context
        if isinstance(received, MultikerasError):
            assert received.received is not None, context
        elif rule is not None:
            _assert_as_said(received, rule, context)


def _received(call: Call, arguments: list[Any], context: str) -> Any:
    try:
        return calls.leaves(calls.run(call, calls.native(call, arguments)))
    except MultikerasError as error:
        return error
    except Exception as error:
        raise AssertionError(f"an error that is not ours\n{context}") from error


def _assert_as_said(received: list[Any], rule: Any, context: str) -> None:
    """Shapes and dtypes of results are those of the rule, which knows no size that depends on values."""
    specs = calls.leaves(rule)
    assert len(received) == len(specs), context
    for x, spec in zip(received, specs, strict=True):
        array = calls.to_numpy(x)
        assert array.dtype.name == lattice.strong(spec.dtype), context
        assert len(array.shape) == len(spec.shape), context
        assert all(wanted in (size, None) for size, wanted in zip(array.shape, spec.shape, strict=True)), context


def _rule(call: Call, arguments: list[Any]) -> Any:
    try:
        return calls.rule_of(call, arguments)
    except Exception:  # noqa: BLE001 - a rule takes the kinds of its arguments for granted; the call tells them
        return None


def test_missing_tensor_is_named() -> None:
    """None in the place of a tensor, wherever the op is called from."""
    from multikeras import ops

    with pytest.raises(MultikerasError, match=r"ops.add takes a tensor as `x2`"):
        ops.add(np.float32([1.0]), None)  # type: ignore[arg-type]
    with pytest.raises(MultikerasError, match=r"ops.relu takes a tensor as `x`"):
        ops.relu(None)  # type: ignore[arg-type]
