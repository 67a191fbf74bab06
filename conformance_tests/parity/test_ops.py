"""Values and dtypes of ops against Keras's own, on the same backend, over the declared cases."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from multikeras_conformance import calls

from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras.testing import assert_close

# Differences on purpose, and why. Each is also said in the op's docstring.
DIFFERENT = {
    "average_pool": "Keras on JAX cannot take strides=None",
    "max_pool": "Keras on JAX cannot take strides=None",
    "batch_normalization": "integers are taken as floats",
    "empty": "any values do",
    "empty_like": "any values do",
    "get_item": "Keras has no function of this name for host keys",
    "layer_normalization": "integers give floats; Keras cuts the result off",
    "rms_normalization": "integers give floats; Keras cuts the result off",
    "normalize": "norms of matrices are taken entry by entry",
    "sparsemax": "rows add up to 1, as in the paper",
    "power": "integers to negative powers are cut off towards zero",
    "in_top_k": "a number that is no class is not among the best",
    "top_k": "which of equal entries comes first is up to the backend",
    "moments": "16-bit sums are kept in 32 bits",
    "norm": "singular values need an op that is to come",
    "scatter": "updates are cast to the dtype of the inputs",
    "take": "indices out of range are errors, not values",
    "take_along_axis": "indices out of range are errors, not values",
    "sparse_categorical_crossentropy": "a class out of range is an error",
    "argmax": "0 and -0 are equal, and the first of equals wins",
    "argsort": "scalars keep their shape",
    "ctc_loss": "too few steps for the labels have the loss inf, which Keras on JAX has as 100000",
    "cdist": "16-bit floats are computed with in 32 bits",
    "ctc_decode": "a blank counted from the end is that class; equal to Keras otherwise",
    "istft": "without a window Keras on JAX drops windows, and divides by the stride",
    "saturate_cast": "nan becomes zero",
    "cast": "Keras on JAX narrows 64-bit dtypes",
    "argpartition": "beside the place that is asked for, any order does",
    "fold": "rows and columns that no window reaches are zeros; Keras on JAX leaves them out",
    "nanargmax": "of nan and -inf the second is the largest number",
    "nanargmin": "of nan and inf the second is the smallest number",
    "quantile": "of two nearest entries the even one, as in NumPy",
    "unique": "places are filled up with 0",
    "custom_gradient": "its cases are those of the form for flat lists of tensors that backends implement",
    "while_loop": "its cases are those of the form for flat lists of tensors that backends implement",
}


def _held(call: calls.Call) -> bool:
    """Whether JAX has the dtypes that a call asks for. It narrows 64 bits, which we refuse."""
    wanted = {str(a) for a in calls.leaves([*call.case.arguments, *call.case.keywords.values()]) if isinstance(a, str)}
    return calls.fits(call) and not wanted & {"float64", "int64", "uint64", "complex128"}


def _theirs(op: Op) -> Callable[..., Any] | None:
    """Keras's op of the same dotted name, where it has one."""
    found: Any = keras.ops
    for part in op.name.split("."):
        found = getattr(found, part, None)
    return found


def _ops() -> list[Op]:
    return [op for op in DECLARED.values() if _theirs(op) is not None and op.name not in DIFFERENT]


@functools.cache
def _calls_of() -> dict[str, list[calls.Call]]:
    found: dict[str, list[calls.Call]] = {}
    for call in calls.calls(raising=False, first_dtype=True):
        found.setdefault(call.op.name, []).append(call)
    return found


@pytest.mark.parametrize("op", _ops(), ids=lambda op: op.name)
def test_values_and_dtypes_are_keras(op: Op) -> None:
    """Every case in float32 or its first dtype, finite inputs."""
    theirs = _theirs(op)
    assert theirs is not None
    compared = 0
    for call in _calls_of()[op.name]:
        values = call.values()
        if isinstance(calls.rule_of(call, values), MultikerasError) or not _held(call):
            continue
        native = calls.native(call, values)
        try:
            wanted = call.op.invoke(theirs, native)
        except Exception:  # noqa: BLE001 - where Keras fails there is nothing to be equal to
            continue
        mine = [np.asarray(a) for a in calls.leaves(calls.run(call, native))]
        theirs_too = [np.asarray(b) for b in calls.leaves(wanted)]
        for x, y in zip(mine, theirs_too, strict=True):
            assert x.dtype == y.dtype, f"{x.dtype}, Keras {y.dtype}\n{call.context()}"
        for x, y in zip(calls.comparable(op, mine), calls.comparable(op, theirs_too), strict=True):
            assert_close(x, y, y.dtype.name, 4 * (call.case.tolerance or 8), call.context())
        compared += 1
    assert compared or not op.cases


def test_most_ops_are_compared() -> None:
    """The list of exceptions stays short beside the list of ops."""
    assert len(_ops()) > 5 * len(DIFFERENT)
