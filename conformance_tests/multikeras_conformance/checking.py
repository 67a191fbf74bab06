"""What a call gives, held to what the rule and the oracle say of it: for calls that are no declared cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, MultikerasError, NotSupportedError
from multikeras.testing import assert_close, assert_same_spec
from multikeras.testing.assertions import eps_of
from multikeras_conformance import calls, special_values
from multikeras_conformance.backends_choice import check_for
from multikeras_conformance.calls import Call
from multikeras_conformance.drawing import DrawnCall
from multikeras_conformance.report import noting

FREE: dict[str, Callable[..., bool]] = {
    # Torch's fused kernel of the exact form takes infinity times 0; another pass would take a tenth of its time.
    "gelu": lambda x, approximate: not approximate and bool(np.isinf(np.asarray(x, np.float64)).any()),
    # Rounding decides between paths that are equally likely.
    "ctc_decode": lambda inputs, *rest: not lattice.is_float(np.asarray(inputs).dtype.name),
    # And on which side of an edge in the middle equal entries are.
    "histogram": lambda x, bins, span: span is None and bool(np.size(x)) and bool(np.min(x) == np.max(x)),
}
"""Calls whose result is left free, given their arguments."""

ILL_CONDITIONED = {
    "image.perspective_transform": ("start_points", "end_points"),
    **dict.fromkeys(("det", "inv", "logdet", "slogdet"), ("x",)),
    "solve": ("a", "b"),
    **dict.fromkeys(("eig", "round"), ("x",)),
    **dict.fromkeys(("var", "std", "nanvar", "nanstd", "group_normalization", "layer_normalization"), ("x",)),
}
"""Ops for which drawn values lose digits on every backend, such as points that nearly lie on a line, nearly singular
matrices, numbers close to each other and far from 0, or halves; and arguments by whose last digits it is seen how
many."""


SHARP = ("bicubic", "lanczos3", "lanczos5")
"""Interpolations with shares below 0: of bools, rounding decides whether the sum is 0."""


def assert_oracles(
    call: Call, values: list, arrays: list[np.ndarray], rules: list[Spec], context: str, times: int = 1
) -> None:
    """Raise unless results are the oracle's, within the tolerance of the call's case.

    Args:
        call: The call.
        values: Its arguments.
        arrays: Its results.
        rules: What the rule says of each.
        context: What it says of the call in an error.
        times: How often the tolerance is allowed.

    Raises:
        AssertionError: They are not.
    """
    if call.dtype == "bool" and any(value in SHARP for value in values if isinstance(value, str)):
        return
    expected = calls.comparable(call.op, calls.oracle(call, calls.widened(call, values)))
    for i, (array, wanted) in enumerate(zip(calls.comparable(call.op, arrays), expected, strict=True)):
        dtype = rules[i].dtype if call.op.unique is None else rules[-1].dtype
        array = _settled(call, values, array, wanted, i)
        assert_close(array, wanted, dtype, times * calls.tolerance(call, dtype), context)


def _settled(call: Call, values: list[Any], array: np.ndarray, wanted: np.ndarray, place: int) -> np.ndarray:
    """A result of an op on images, the oracle's where it is one off and what both round lies next to a half.

    There the last digit decides, which depends on the processor: integers are rounded from floats.
    """
    if not call.op.name.startswith("image.") or array.dtype.kind not in "iu" or array.shape != wanted.shape:
        return array
    if np.array_equal(array, wanted):
        return array
    floats = calls.widened(call, values)
    for p in call.op.tensor_parameters:
        x = floats[p.position]
        if isinstance(x, np.ndarray) and x.dtype.kind in "iu":
            floats[p.position] = x.astype(np.float64)
    exact = np.asarray(calls.leaves(calls.oracle(call, floats))[place])
    halves = np.abs(exact - np.floor(exact) - 0.5) < 1e-4 * np.maximum(np.abs(exact), 1)
    one_off = np.abs(array.astype(np.int64) - wanted.astype(np.int64)) == 1
    return np.where(halves & one_off, wanted, array)


def check(call: DrawnCall) -> None:
    """Run a call, and raise unless it does as the rule and the oracle say.

    Args:
        call: The call.

    Raises:
        AssertionError: It does otherwise.
    """
    values = call.values()
    if _left_free(call, values):
        return
    rule = _rule_now(call, values)
    if _refused(call, values, rule):
        return
    try:
        results = calls.leaves(calls.run(call, calls.native(call, values)))
    except MultikerasError as error:
        # What a backend has not, and what only values tell, such as an index out of range.
        if not isinstance(error, NotSupportedError) and call.op.explain is None and not _has_indices(values):
            raise AssertionError(f"the rule allows it, the op says {error!r}\n{call.context()}") from error
        return
    except Exception as error:
        raise AssertionError(f"{error!r}, which the rule does not foresee\n{call.context()}") from error
    rules = calls.leaves(rule)
    arrays = [calls.to_numpy(r) for r in results]
    assert len(arrays) == len(rules), call.context()
    for array, spec in zip(arrays, rules, strict=True):
        assert_same_spec(Spec(array.shape, array.dtype.name), spec, call.context())
    _compare(call, values, arrays, rules)
    noting.compared()


def check_refusal(call: DrawnCall) -> None:
    """Run a call if the rule refuses it, and raise unless the op does too, in the same words.

    Args:
        call: The call.

    Raises:
        AssertionError: It does otherwise.
    """
    values = call.values()
    if not _left_free(call, values):
        _refused(call, values, _rule_now(call, values))


def _left_free(call: DrawnCall, values: list) -> bool:
    free = call.op.name in FREE and FREE[call.op.name](*values)
    return free or not calls.fits_values(values) or not special_values.defined(call.op, call.dtype, values)


def _rule_now(call: DrawnCall, values: list) -> Any:
    """What the rule says: specs, or the error that it refuses the call with."""
    try:
        return calls.rule_of(call, _run_now(call, values))
    except Exception as error:
        raise AssertionError(f"the rule fails with {error!r}\n{call.context()}") from error


def _run_now(call: DrawnCall, values: list) -> list:
    """The arguments without the branches of a switch that do not run: its rule looks at all of them."""
    if call.op.name != "switch" or np.size(values[0]) != 1 or not values[1]:
        return values
    index, branches, operands = values
    place = int(np.clip(np.reshape(index, ()), 0, len(branches) - 1))
    return [index, [branches[place]], operands]


def _refused(call: DrawnCall, values: list, rule: Any) -> bool:
    """Whether the rule refuses the call, in which case the op does as well."""
    if isinstance(rule, MultikerasError):
        _raises(call, values, type(rule), str(rule))
        return True
    if not calls.result_fits(rule):
        _raises(call, values, DTypeError, None)
        return True
    return False


def _raises(call: DrawnCall, values: list, kind: type[Exception], text: str | None) -> None:
    """The op refuses the call as the rule does."""
    try:
        calls.run(call, calls.native(call, values))
    except Exception as error:
        if not isinstance(error, kind) or text not in (None, str(error)):
            raise AssertionError(f"received {error!r}\nexpected {kind.__name__}: {text}\n{call.context()}") from error
    else:
        raise AssertionError(f"nothing raised, expected {kind.__name__}: {text}\n{call.context()}")


def _compare(call: DrawnCall, values: list, arrays: list, rules: list[Spec]) -> None:
    if special_values.skipped(call.op, call.dtype):
        return
    check = check_for(call.op.name, values)
    if check is not None:
        check(call, arrays, *values)
        return
    try:
        expected = calls.comparable(call.op, calls.oracle(call, calls.widened(call, values)))
    except Exception:  # noqa: BLE001 - the oracle is written for the declared cases
        return
    if len(expected) != len(arrays) and call.op.unique is None:
        # Of no rows an oracle makes no results.
        return
    for i, (array, wanted) in enumerate(zip(calls.comparable(call.op, arrays), expected, strict=True)):
        dtype = rules[i].dtype if call.op.unique is None else rules[-1].dtype
        if call.op.name.startswith("image.") and dtype == "bool":
            # True is what is not 0, next to which rounding decides.
            continue
        if call.op.name.startswith("image.") and lattice.is_integer(dtype):
            # Rounded from floats, of which one between two integers may lie on either side.
            array = np.where(np.abs(array.astype(np.int64) - wanted.astype(np.int64)) == 1, wanted, array)
        # Other sizes and values than those that the tolerance of the case was chosen for.
        allowed = 8 * calls.tolerance(call, dtype) + 16 * _lost(call, values, i, wanted, dtype)
        assert_close(array, wanted, dtype, allowed, call.context())


def _lost(call: DrawnCall, values: list, place: int, wanted: np.ndarray, dtype: str) -> float:
    """By how many eps a result of an ill-conditioned op moves when the last digits of its arguments do."""
    names = ILL_CONDITIONED.get(call.op.name)
    if names is None or not wanted.size or not (lattice.is_float(dtype) or lattice.is_complex(dtype)):
        return 0.0
    rng = np.random.default_rng(0)
    eps = eps_of("float64" if dtype in ("float64", "complex128") else "float32")
    most = 0.0
    for _ in range(8):
        moved = calls.widened(call, values)
        for p in call.op.tensor_parameters:
            if p.name in names:
                x = moved[p.position]
                moved[p.position] = x * (1 + eps * rng.choice([-1.0, 1.0], x.shape))
        change = np.abs(calls.comparable(call.op, calls.oracle(call, moved))[place] - wanted)
        most = max(most, float(np.max(change / np.maximum(np.abs(wanted), 1), initial=0.0)))
    return most / eps_of(dtype)


def _has_indices(values: list) -> bool:
    return any(isinstance(v, np.ndarray) and v.dtype.kind in "iu" for v in calls.leaves(values))
