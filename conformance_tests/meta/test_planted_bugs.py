"""Bugs are planted in the adapter and in declarations, one at a time; the test meant for each must fail."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from multikeras_conformance import (
    calls,
    test_ops_compiled,
    test_ops_complex_gradients,
    test_ops_errors,
    test_ops_gradients,
    test_ops_second_order,
    test_ops_special,
    test_ops_symbolic,
    test_ops_values,
    test_ops_vmap,
    test_random,
)
from multikeras_numpy.autodiff import recording
from multikeras_numpy.autodiff.gradient_rules import RULES as GRADIENTS

from multikeras import ops
from multikeras.backend import current
from multikeras.backend.spec import Spec
from multikeras.ops._op import DECLARED
from multikeras.random import threefry

CAUGHT = (AssertionError, pytest.fail.Exception)
"""How a test fails that looked: an error of the planted code itself would prove nothing."""


@contextlib.contextmanager
def planted(name: str, wrong: Callable[[Callable], Callable]) -> Iterator[None]:
    """The NumPy backend with another implementation of an op, made of the right one."""
    op = DECLARED[name]
    rows = current().ops.native
    before = rows.get(name)
    rows[name] = wrong(before if before is not None else op.body_on(current()))
    _forget(op)
    try:
        yield
    finally:
        if before is None:
            del rows[name]
        else:
            rows[name] = before
        _forget(op)


@contextlib.contextmanager
def ruled(name: str, rule: Callable) -> Iterator[None]:
    """An op with another rule."""
    op = DECLARED[name]
    before = op.infer
    op.infer = rule
    try:
        yield
    finally:
        op.infer = before


def _forget(op: Any) -> None:
    op.fast.clear()
    op.beside_numbers.clear()
    recording._lifted.pop(op.name, None)


def run_all(name: str, test: Callable, raising: bool = False) -> None:
    """The suite's test on every call of an op."""
    found = calls.calls(raising=raising, only=DECLARED[name])
    assert found
    for call in found:
        test(call)


def values(name: str) -> None:
    run_all(name, test_ops_values.test_op_value_is_the_oracles)


def symbolic(name: str) -> None:
    run_all(name, test_ops_symbolic.test_symbolic_call_has_the_shape_of_an_eager_one)


def errors(name: str) -> None:
    run_all(name, test_ops_errors.test_bad_argument_raises_the_error_of_the_rule, raising=True)


def gradients(name: str) -> None:
    test_ops_gradients.test_gradient_is_that_of_the_oracle(DECLARED[name], "float32")


def wide_gradients(name: str) -> None:
    test_ops_gradients.test_gradient_is_that_of_the_oracle(DECLARED[name], "float64")


def complex_gradients(name: str) -> None:
    test_ops_complex_gradients.test_complex_gradient_points_where_the_oracle_grows(DECLARED[name], "complex64")


def second_order(name: str) -> None:
    test_ops_second_order.test_second_derivative_is_that_of_the_oracle(DECLARED[name], "float32")


def compiled(name: str) -> None:
    test_ops_compiled.test_compiled_op_equals_eager_op(DECLARED[name])


def mapped(name: str) -> None:
    test_ops_vmap.test_op_under_vmap_is_the_op_on_each_row(DECLARED[name])


def special(name: str) -> None:
    test_ops_special.test_special_values_are_the_oracles(DECLARED[name])


# -- Implementations ------------------------------------------------------------------------------------------


def _mutating_negative(right: Callable) -> Callable:
    def negative(x: Any) -> Any:
        result = right(x)
        if isinstance(x, np.ndarray) and x.size:
            x.reshape(-1)[0] = 0
        return result

    return negative


def _sorted_in_place(right: Callable) -> Callable:
    def sort(x: Any, axis: int | None) -> Any:
        if axis is None or not x.flags.writeable:
            return right(x, axis)
        x.sort(axis)
        return x.copy()

    return sort


def _mirrored(right: Callable) -> Callable:
    """Convolution of mirrored images with mirrored kernels: where the padding is uneven, it is on the other side."""

    def conv(x: Any, kernel: Any, strides: Any, padding: str, data_format: str | None, dilation: Any) -> Any:
        first = 2 if data_format == "channels_first" else 1
        places = tuple(range(first, first + x.ndim - 2))
        flipped = np.flip(kernel, tuple(range(x.ndim - 2)))
        return np.flip(right(np.flip(x, places), flipped, strides, padding, data_format, dilation), places)

    return conv


def _unstable(right: Callable) -> Callable:
    """Equal entries come in the reverse of their order."""

    def argsort(x: Any, axis: int | None) -> Any:
        if axis is None or not x.ndim:
            return right(x, axis)
        return (x.shape[axis] - 1 - right(np.flip(x, axis), axis)).astype(np.int32)

    return argsort


def _last_of_equals(right: Callable) -> Callable:
    def argmax(x: Any, axis: int | None, keepdims: bool) -> Any:
        if axis is None:
            return right(x, axis, keepdims)
        return (x.shape[axis] - 1 - right(np.flip(x, axis), axis, keepdims)).astype(np.int32)

    return argmax


def _half_away_from_zero(right: Callable) -> Callable:
    def rounded(x: Any, decimals: int) -> Any:
        if decimals or x.dtype.kind not in "fV":
            return right(x, decimals)
        return (np.sign(x) * np.floor(np.abs(x) + x.dtype.type(0.5))).astype(x.dtype)

    return rounded


def _overwriting_scatter(right: Callable) -> Callable:
    def scatter(indices: Any, values: Any, shape: Any) -> Any:
        right(indices, values, shape)
        out = np.zeros(shape, values.dtype)
        out[tuple(np.moveaxis(np.asarray(indices), -1, 0))] = values
        return out

    return scatter


def _in_32_bits(right: Callable) -> Callable:
    return lambda x: right(x.astype(np.float32)).astype(x.dtype) if x.dtype == np.float64 else right(x)


_MIRRORS = {"symmetric": "reflect"}


def _through_floats(right: Callable) -> Callable:
    def multiply(x1: Any, x2: Any) -> Any:
        result = right(x1, x2)
        if np.asarray(result).dtype != np.int32:
            return result
        return (np.asarray(x1, np.float32) * np.asarray(x2, np.float32)).astype(np.int64).astype(np.int32)

    return multiply


def _without_last_segment(right: Callable) -> Callable:
    def segment_sum(data: Any, ids: Any, count: Any, *rest: Any) -> Any:
        result = right(data, ids, count, *rest).copy()
        result[-1:] = 0
        return result

    return segment_sum


_calls = iter(range(10**9))


@dataclasses.dataclass
class Bug:
    """A bug in an implementation.

    Args:
        what: What is wrong.
        op: The op.
        wrong: Given the right implementation, the wrong one. Both are called with every argument by position.
        test: The test that must notice.
    """

    what: str
    op: str
    wrong: Callable[[Callable], Callable]
    test: Callable[[str], None]


IMPLEMENTATIONS = [
    # Axes and shapes
    Bug(
        "axis off by one", "cumsum", lambda r: lambda x, a, d: r(x, None if a is None else (a + 1) % x.ndim, d), values
    ),
    Bug("axis ignored", "softmax", lambda r: lambda x, axis: r(x, -1), values),
    Bug("keepdims dropped", "sum", lambda r: lambda x, axis, keepdims: r(x, axis, False), values),
    Bug("shifted by nothing", "roll", lambda r: lambda x, shift, axis: x, values),
    Bug("diagonal off by one", "tril", lambda r: lambda x, k: r(x, k + 1), values),
    Bug("triangle on the other side", "cholesky", lambda r: lambda x, upper: r(x, False), values),
    # Dtypes and precision
    Bug("wrong result dtype", "exp", lambda r: lambda x: np.exp(x).astype(np.float64), values),
    Bug("positions in 64 bits", "top_k", lambda r: lambda x, *a: (r(x, *a)[0], r(x, *a)[1].astype(np.int64)), values),
    Bug(
        "accumulated in 16 bits",
        "matmul",
        lambda r: lambda a, b: r(a.astype(ml_dtypes.bfloat16), b.astype(ml_dtypes.bfloat16)).astype(a.dtype),
        values,
    ),
    Bug("64 bits computed in 32", "sin", _in_32_bits, values),
    Bug("integers through floats", "multiply", _through_floats, special),
    # Values
    Bug("arguments swapped", "subtract", lambda r: lambda a, b: r(b, a), values),
    Bug("rounds where it should cut off", "trunc", lambda r: np.round, values),
    Bug("ties rounded away from zero", "round", _half_away_from_zero, values),
    Bug("remainder with the other sign", "mod", lambda r: np.fmod, values),
    Bug("quotient cut off", "floor_divide", lambda r: lambda a, b: np.trunc(a / b).astype(a.dtype), values),
    Bug("divided by n - 1", "var", lambda r: lambda x, a, k: np.var(x, a, ddof=1, keepdims=k).astype(x.dtype), values),
    Bug("the other formula", "gelu", lambda r: lambda x, approximate: r(x, not approximate), values),
    Bug("slope ignored", "leaky_relu", lambda r: lambda x, negative_slope: r(x, 0.2), values),
    Bug("other side of equals", "searchsorted", lambda r: lambda s, v, side: r(s, v, "left"), values),
    Bug("equals in reverse", "argsort", _unstable, values),
    Bug("last of equals", "argmax", _last_of_equals, values),
    Bug("classes counted from 1", "one_hot", lambda r: lambda x, *a: r(x - 1, *a), values),
    Bug("duplicates overwrite", "scatter", _overwriting_scatter, values),
    Bug("last segment lost", "segment_sum", _without_last_segment, values),
    Bug("end always included", "linspace", lambda r: lambda a, b, n, e, *rest: r(a, b, n, True, *rest), values),
    Bug("method ignored", "quantile", lambda r: lambda x, q, a, m, k: r(x, q, a, "linear", k), values),
    Bug(
        "epsilon outside of the root",
        "batch_normalization",
        lambda r: lambda x, m, v, a, o, s, e: r(x, m, ops.square(ops.add(ops.sqrt(v), e)), a, o, s, 0.0),
        values,
    ),
    # Windows
    Bug("padding on the wrong side", "conv", _mirrored, values),
    Bug("dilation ignored", "conv", lambda r: lambda x, k, s, p, d, dilation: r(x, k, s, p, d, 1), values),
    Bug("strides ignored", "max_pool", lambda r: lambda x, w, strides, p, d: r(x, w, 1, p, d), values),
    Bug("data format ignored", "average_pool", lambda r: lambda x, w, s, p, d: r(x, w, s, p, "channels_last"), values),
    Bug("groups in reverse", "depthwise_conv", lambda r: lambda x, k, *a: r(x, k[..., ::-1, :], *a), values),
    Bug("shifted by a pixel", "conv_transpose", lambda r: lambda x, *a: np.roll(r(x, *a), 1, 1), values),
    Bug("ends once, not twice", "pad", lambda r: lambda x, w, m, c: r(x, w, _MIRRORS.get(m, m), c), values),
    Bug("antialias ignored", "image.resize", lambda r: lambda x, s, i, antialias, *a: r(x, s, i, False, *a), values),
    # Masks and directions
    Bug("mask ignored", "dot_product_attention", lambda r: lambda q, k, v, b, m, *a: r(q, k, v, b, None, *a), values),
    Bug("direction ignored", "lstm", lambda r: lambda *a: r(*a[:7], False, *a[8:]), values),
    # Special values
    Bug("nan taken for a number", "maximum", lambda r: np.fmax, values),
    Bug("wrong sign at zero", "sign", lambda r: lambda x: np.where(x >= 0, 1, -1).astype(x.dtype), values),
    Bug("overflows in the middle", "logaddexp", lambda r: lambda a, b: np.log(np.exp(a) + np.exp(b)), special),
    Bug("nan hidden", "relu", lambda r: lambda x: np.fmax(x, x.dtype.type(0)), special),
    Bug("wrong at infinity", "tanh", lambda r: lambda x: np.where(np.isinf(x), 0, r(x)).astype(x.dtype), special),
    # Inputs
    Bug("input changed in place", "negative", _mutating_negative, values),
    Bug("input sorted in place", "sort", _sorted_in_place, values),
    # Errors
    Bug("bad shapes pass", "concatenate", lambda r: lambda xs, a: np.concatenate([x.ravel() for x in xs]), errors),
    Bug("bad sizes pass", "reshape", lambda r: lambda x, shape: np.resize(x, [abs(n or 1) for n in shape]), errors),
    Bug("indices clipped in silence", "take", lambda r: lambda x, i, a, *m: np.take(x, i, a, mode="clip"), errors),
    # Ways of calling
    Bug("another value at every call", "cos", lambda r: lambda x: r(x) + np.asarray(next(_calls), x.dtype), compiled),
    Bug(
        "the first row for all",
        "vectorized_map",
        lambda r: lambda f, xs: [np.stack([np.asarray(y)] * len(xs[0])) for y in f([x[0] for x in xs])],
        lambda name: mapped("exp"),
    ),
]


@pytest.mark.parametrize("bug", IMPLEMENTATIONS, ids=lambda bug: bug.what)
def test_bug_in_an_implementation_is_caught(bug: Bug) -> None:
    """The test passes without the bug and fails with it."""
    bug.test(bug.op)
    with planted(bug.op, bug.wrong), pytest.raises(CAUGHT):
        bug.test(bug.op)
    bug.test(bug.op)


# -- Rules ----------------------------------------------------------------------------------------------------

RULES = [
    ("symbolic shape differs from the eager one", "exp", lambda x: Spec((*x.shape, 1), x.dtype), symbolic),
    ("symbolic dtype differs from the eager one", "argmax", lambda x, axis, keepdims: Spec((), "int64"), values),
    (
        "an unknown size taken for a known one",
        "flip",
        lambda x, axis: Spec(tuple(s or 1 for s in x.shape), x.dtype),
        symbolic,
    ),
    ("a rule that lets everything pass", "reshape", lambda x, newshape: Spec(tuple(newshape), x.dtype), errors),
    ("symbolic size rounded down", "max_pool", lambda x, w, s, p, d: Spec((*x.shape[:-1], 1), x.dtype), symbolic),
    ("symbolic keepdims dropped", "amax", lambda x, axis, keepdims: Spec((), x.dtype), symbolic),
    ("the wider dtype forgotten", "add", lambda a, b: Spec(np.broadcast_shapes(a.shape, b.shape), a.dtype), values),
]


@pytest.mark.parametrize(("name", "rule", "test"), [row[1:] for row in RULES], ids=[r[0] for r in RULES])
def test_bug_in_a_rule_is_caught(name: str, rule: Any, test: Callable) -> None:
    """The test passes without the bug and fails with it."""
    test(name)
    rule.cast = DECLARED[name].cast
    # A rule of fewer checks lets bad arguments through to NumPy, whose own errors are then what is seen.
    with ruled(name, rule), pytest.raises((*CAUGHT, ValueError, TypeError)):
        test(name)
    test(name)


# -- Gradients ------------------------------------------------------------------------------------------------


def _scaled(pull: Callable, factor: Any) -> Callable:
    return lambda *given, **place: pull(*given, **place) * factor


def _detached(pull: Callable) -> Callable:
    """The right gradient, which does not know that it depends on anything but the cotangent."""

    def pulled(g: Any, *given: Any) -> Any:
        return pull(g, *(ops.stop_gradient(x) if isinstance(x, current().tensors.types) else x for x in given))

    return pulled


GRADIENT_BUGS = [
    ("one percent too large", "tanh", lambda pull: _scaled(pull, 1.01), gradients),
    ("of the wrong sign", "matmul", lambda pull: _scaled(pull, -1.0), gradients),
    ("of single precision in 64 bits", "tanh", lambda pull: _scaled(pull, 1 + 1e-6), wide_gradients),
    ("of another phase", "exp", lambda pull: _scaled(pull, np.complex64(1j)), complex_gradients),
    ("none", "max_pool", lambda pull: _scaled(pull, 0.0), gradients),
    ("a constant to the second", "sigmoid", _detached, second_order),
    ("a constant to the second, of an exponential", "exp", _detached, second_order),
]


@pytest.mark.parametrize(
    ("name", "wrong", "test"), [row[1:] for row in GRADIENT_BUGS], ids=[row[0] for row in GRADIENT_BUGS]
)
def test_bug_in_a_gradient_is_caught(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: Callable, test: Callable
) -> None:
    """A rule of NumPy's reverse mode that is wrong."""
    rules = GRADIENTS[name]
    pulls = {i: wrong(pull) for i, pull in rules.pulls.items()}
    test(name)
    monkeypatch.setitem(GRADIENTS, name, rules._replace(pulls=pulls))
    # Implementations with their rules are remembered by types.
    _forget(DECLARED[name])
    if test is second_order:
        gradients(name)
    with pytest.raises(AssertionError):
        test(name)
    _forget(DECLARED[name])


# -- The other parts of a backend -----------------------------------------------------------------------------


def test_compiled_step_that_differs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that computes in fewer bits than it was asked to."""

    def step(fn: Callable, options: Any) -> Callable:
        def rounded(x: Any) -> Any:
            if isinstance(x, (list, tuple)):
                return type(x)(rounded(y) for y in x)
            return x.astype(np.float16).astype(x.dtype) if x.dtype == np.float32 else x

        return lambda tensors: rounded(fn(tensors))

    compiled("exp")
    monkeypatch.setattr(current().compile, "step", step)
    with pytest.raises(CAUGHT):
        compiled("exp")


@pytest.mark.parametrize("mode", ["fast", "portable"])
def test_draws_without_their_seed_are_caught(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """What is drawn depends on when, not on the key."""
    import multikeras as keras

    draw, digest = test_random.DRAWS["uniform"]
    keras.config.set_random("fast")
    test_random.test_draw_follows_its_seed(draw, digest, mode)
    keys = iter(range(1, 10**6))

    def forgetful(right: Callable) -> Callable:
        return lambda key, *rest: right(np.array([next(keys), 1], np.uint32), *rest)

    from multikeras.random import portable

    for owner in (current().random, portable):
        monkeypatch.setattr(owner, "uniform", forgetful(owner.uniform))
    with pytest.raises(CAUGHT):
        test_random.test_draw_follows_its_seed(draw, digest, mode)
    keras.config.set_random("fast")


def test_bug_in_the_portable_generator_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One rotation of Threefry changed."""
    counter, key, result = test_random.KNOWN_ANSWERS[0]
    test_random.test_threefry_gives_the_known_answers(counter, key, result)
    monkeypatch.setattr(threefry, "ROTATIONS", ((13, 15, 26, 7), (17, 29, 16, 24)))
    with pytest.raises(CAUGHT):
        test_random.test_threefry_gives_the_known_answers(counter, key, result)


def test_at_least_forty_bugs_are_planted() -> None:
    """In adapters and declarations, those of layers and training not counted."""
    assert len(IMPLEMENTATIONS) + len(RULES) + len(GRADIENT_BUGS) + 4 >= 60
