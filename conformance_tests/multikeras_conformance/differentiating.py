"""Which calls are differentiated, and the scalar functions of float tensors that are made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.backend import Capability, StepOptions, current
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError
from multikeras.ops._op import Op
from multikeras_conformance import calls
from multikeras_conformance.calls import Call

STEP = 1e-6
"""How far apart the points are that differences are taken of."""

SECOND_STEP = 1e-4
"""The same of second differences."""

ALLOWED = {"float32": 2e-4, "float64": 1e-7, "float16": 3e-2, "bfloat16": 2e-1}
"""Of a derivative, by dtype: what share of the sum of its terms it may be off by."""


def differentiable_calls(only: Op | None = None, dtype: str = "float32") -> list[Call]:
    """The calls in a dtype of differentiable ops, through whose results gradients flow."""
    if Capability.GRADIENTS not in current().can:
        return []
    found = []
    for call in calls.calls(raising=False, only=only):
        op = call.op
        if call.dtype != dtype or op.differentiable is False or op.reference is None or not call.case.gradient:
            continue
        values = call.values()
        rule = calls.rule_of(call, values)
        if isinstance(rule, MultikerasError) or not any(_varies(s.dtype) for s in calls.leaves(rule)):
            continue
        if not calls.result_fits(rule):
            continue
        slots = slots_of(call, values, lattice.numpy_dtype(dtype))
        if slots and all(a.size for a in calls.leaves(values) if isinstance(a, np.ndarray)):
            found.append(call)
    return found


def _varies(dtype: str) -> bool:
    return lattice.is_float(dtype) or lattice.is_complex(dtype)


def differentiable_ops(dtypes: Iterable[str]) -> dict[str, tuple[Op, str]]:
    """Each op that has such calls in a dtype with the dtype, by a name for both."""
    return {
        f"{call.op.name}-{dtype}": (call.op, dtype) for dtype in dtypes for call in differentiable_calls(dtype=dtype)
    }


def slots_of(call: Call, values: list[Any], dtype: Any) -> list[tuple[int, int | None]]:
    """Where the tensors of a dtype are through which gradients flow: positions, and places in lists."""
    names = call.op.differentiable
    found: list[tuple[int, int | None]] = []
    for p in call.op.tensor_parameters:
        if names is not True and p.name not in names:  # type: ignore[operator]
            continue
        value = values[p.position]
        for i, x in enumerate(value) if p.many and value is not None else [(None, value)]:
            if isinstance(x, np.ndarray) and x.dtype == dtype and np.isfinite(x.astype(np.complex128)).all():
                found.append((p.position, i))
    return found


@dataclasses.dataclass
class Scalar:
    """A random combination of a call's results, as a function of its float tensors.

    Args:
        call: The call.
        values: Its arguments, with arrays in the place of tensors.
        slots: Where the float tensors are.
        weights: What each result is multiplied by, of which the real part counts; `None` for those of no floats.
    """

    call: Call
    values: list[Any]
    slots: list[tuple[int, int | None]]
    weights: list[np.ndarray | None]

    @property
    def points(self) -> list[np.ndarray]:
        """The float tensors."""
        return [self.values[p] if i is None else self.values[p][i] for p, i in self.slots]

    def of_oracle(self, moved: list[np.ndarray]) -> float:
        """Its value at other points, in float64."""
        wide = calls.widened(self.call, self.values)
        results = calls.comparable(self.call.op, calls.oracle(self.call, with_tensors(wide, self.slots, moved)))
        return sum(float(np.sum(np.real(w * r))) for w, r in zip(self.weights, results, strict=True) if w is not None)

    def of_op(self) -> Callable[[list[Any]], Any]:
        """The same as a function of native tensors, made of the op."""
        from_numpy = current().tensors.from_numpy
        rest = calls.native(self.call, self.values)
        wide = "float64" if self.call.dtype == "float64" else "float32"
        kinds = {"f": wide, "c": "complex128" if wide == "float64" else "complex64"}
        weights = [None if w is None else from_numpy(w.astype(kinds[w.dtype.kind])) for w in self.weights]

        def scalar(tensors: list[Any]) -> Any:
            results = calls.comparable(self.call.op, calls.run(self.call, with_tensors(rest, self.slots, tensors)))
            total = None
            for w, r in zip(weights, results, strict=True):
                if w is not None:
                    term = ops.sum(ops.real(ops.multiply(ops.cast(r, ops.dtype(w)), w)))
                    total = term if total is None else ops.add(total, term)
            return total

        return scalar


def scalar_of(call: Call, rng: np.random.Generator) -> Scalar:
    """A random combination of the results of a call."""
    values = call.values()
    rules: list[Spec] = calls.leaves(calls.rule_of(call, values))
    if call.op.unique is not None:
        results = calls.comparable(call.op, calls.oracle(call, calls.widened(call, values)))
        rules = [Spec(x.shape, x.dtype.name) for x in results]
    weights = [
        _weights(rng, [int(n or 0) for n in s.shape], s.dtype) if _varies(s.dtype) and None not in s.shape else None
        for s in rules
    ]
    return Scalar(call, values, slots_of(call, values, lattice.numpy_dtype(call.dtype)), weights)


def _weights(rng: np.random.Generator, shape: list[int], dtype: str) -> np.ndarray:
    weights = rng.standard_normal(shape)
    return weights + 1j * rng.standard_normal(shape) if lattice.is_complex(dtype) else weights


def with_tensors(values: list[Any], slots: list[tuple[int, int | None]], tensors: list[Any]) -> list[Any]:
    """The arguments with other tensors in some places."""
    changed = [list(v) if isinstance(v, list) else v for v in values]
    for (position, i), x in zip(slots, tensors, strict=True):
        if i is None:
            changed[position] = x
        else:
            changed[position][i] = x
    return changed


def traced(fn: Callable[[Any], Any], tensors: Any) -> Any:
    """What a function that takes gradients returns, called as in training: where steps are pure functions, only inside
    compiled ones."""
    backend = current()
    if Capability.COMPILE in backend.can and Capability.MUTABLE_VARIABLES not in backend.can:
        return backend.compile.step(fn, StepOptions())(tensors)
    return fn(tensors)


def second_difference(at: Callable[[float, float], float]) -> tuple[float, float] | None:
    """The mixed second derivative of a function of two numbers at (0, 0), from its values in float64.

    Returns:
        The derivative, and what it may be off by. `None` at a kink, such as the distance of equal points, where there
        is none: the differences have no limit.
    """

    def mixed(step: float) -> tuple[float, float]:
        corners = at(step, step), at(step, -step), at(-step, step), at(-step, -step)
        # The function rounds too, and that is divided by the square of the step.
        rounding = 4 * np.finfo(np.float64).eps * max(map(abs, corners)) / step**2
        return (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2), rounding

    (whole, rounding), (half, _) = mixed(SECOND_STEP), mixed(SECOND_STEP / 2)
    if abs(half) > 1.5 * abs(whole) > 100 * rounding:
        return None
    # Their error is four times as large for a step of twice the length.
    return (4 * half - whole) / 3, 4 * rounding + abs(half - whole) / 10


def assert_gradients(scalars: list[Scalar]) -> None:
    """Raise unless the gradients of scalar functions are those of the oracle, along a random direction.

    Args:
        scalars: The functions, all of which are differentiated in one step.

    Raises:
        AssertionError: They are not.
    """
    functions = [scalar.of_op() for scalar in scalars]
    from_numpy, autodiff = current().tensors.from_numpy, current().autodiff
    assert autodiff is not None
    take = autodiff.value_and_grad
    points = [[from_numpy(x) for x in scalar.points] for scalar in scalars]
    found = traced(lambda rows: [take(f, row)[1] for f, row in zip(functions, rows, strict=True)], points)
    for scalar, gradients in zip(scalars, found, strict=True):
        _compare(scalar, [calls.to_numpy(g) for g in gradients])


def _compare(scalar: Scalar, gradients: list[np.ndarray]) -> None:
    call, points = scalar.call, [x.astype(np.float64) for x in scalar.points]
    rng = np.random.default_rng(4)
    directions = [rng.standard_normal(x.shape) for x in points]
    ahead, back = (
        scalar.of_oracle([x + step * d for x, d in zip(points, directions, strict=True)]) for step in (STEP, -STEP)
    )
    expected = (ahead - back) / (2 * STEP)
    # The oracle rounds too, and that is divided by the step.
    rounding = 4 * np.finfo(np.float64).eps * max(abs(ahead), abs(back)) / STEP
    received, size = 0.0, 0.0
    for gradient, x, direction in zip(gradients, points, directions, strict=True):
        assert gradient.shape == x.shape, f"gradient of shape {gradient.shape}\n{call.context()}"
        assert gradient.dtype.name == call.dtype, f"gradient of dtype {gradient.dtype}\n{call.context()}"
        terms = gradient.astype(np.float64) * direction
        received += float(np.sum(terms))
        size += float(np.sum(np.abs(terms)))
    allowed = ALLOWED[call.dtype] * max(size, abs(expected), 1e-2) * max((call.case.tolerance or 8) / 8, 1) + rounding
    assert abs(received - expected) <= allowed, (
        f"received {received}, expected {expected}, {allowed:.2g} allowed\n{call.context()}"
    )
