"""Calls drawn by Hypothesis from what an op declares: its cases, with other sizes, dtypes, values and arguments."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from multikeras.dtypes import lattice
from multikeras.ops._op import Op, Parameter
from multikeras.ops._samples import SPECIAL, Case, Draw
from multikeras_conformance import calls
from multikeras_conformance.calls import Call

Choose = Callable[[st.SearchStrategy], Any]
"""Draws from a strategy."""

SIZES = st.integers(0, 5)

SHAPES = ((), (0,), (0, 3), (2, 0), (3,), (1, 4))
AXES = (None, 0, -1, 1, 2, -3)
"""What `neighbours` goes through."""


@dataclasses.dataclass(frozen=True, eq=False)
class DrawnCall(Call):
    """A call that is no declared case.

    Args:
        drawn: The case that it is instead.
    """

    drawn: Case

    @property
    def case(self) -> Case:
        """The case."""
        return self.drawn

    def context(self) -> str:
        """The call as code that can be pasted."""
        parts = []
        for p, value in zip(self.op.parameters, self.values(), strict=True):
            if value is not p.default:
                parts.append(f"{p.name}={_code(value)}")
        return f"repeat: from numpy import *; import multikeras as keras; keras.ops.{self.op.name}({', '.join(parts)})"


def _code(x: Any) -> str:
    if isinstance(x, np.ndarray):
        if x.size:
            return f"array({x.tolist()}, dtype('{x.dtype.name}'))"
        return f"zeros({x.shape}, dtype('{x.dtype.name}'))"
    if isinstance(x, (list, tuple)):
        inner = ", ".join(_code(v) for v in x)
        return f"[{inner}]" if isinstance(x, list) else f"({inner},)"
    return repr(x)


def neighbours(op: Op) -> Iterator[DrawnCall]:
    """Each case with its first tensor in each of some odd shapes, along each of some axes where the op takes one."""
    seen = set()
    for number, case in enumerate(op.cases):
        dtypes = calls.dtypes_of(case)
        if not op.tensor_parameters or (case.dtypes is not None and not dtypes):
            continue
        bound = op.signature.bind(*case.arguments, **case.keywords)
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        first = op.tensor_parameters[0].name
        drawn = [x for x in calls.leaves([arguments[first]]) if isinstance(x, Draw)]
        axes = AXES if "axis" in arguments else (Ellipsis,)
        for shape, axis in itertools.product(SHAPES if drawn else (), axes):
            reshaped = [dataclasses.replace(x, shape=shape) for x in drawn]
            arguments[first] = reshaped if op.tensor_parameters[0].many else reshaped[0]
            if axis is not Ellipsis:
                arguments["axis"] = axis
            if repr(arguments) in seen:
                continue
            seen.add(repr(arguments))
            bound.arguments.update(arguments)
            changed = dataclasses.replace(case, arguments=bound.args, keywords=bound.kwargs)
            yield DrawnCall(op, number, dtypes[0] if dtypes else "float32", changed)


NUMBERS = (2, 0.5)
"""What `with_numbers` puts in."""


def with_numbers(op: Op) -> Iterator[DrawnCall]:
    """A case of many tensors with a Python number in the place of each of them, one at a time."""
    most: list[str] = []
    for n, case in enumerate(op.cases):
        given = op.signature.bind(*case.arguments, **case.keywords).arguments
        places = [p.name for p in op.tensor_parameters if isinstance(given.get(p.name), Draw)]
        if case.raises is None and calls.dtypes_of(case) and len(places) > len(most):
            most, number = places, n
    for place, value in itertools.product(most, NUMBERS):
        case = op.cases[number]
        bound = op.signature.bind(*case.arguments, **case.keywords)
        bound.arguments[place] = value
        changed = dataclasses.replace(case, arguments=bound.args, keywords=bound.kwargs)
        yield DrawnCall(op, number, calls.dtypes_of(case)[0], changed)


def drawn_call(choose: Choose, op: Op) -> DrawnCall:
    """A call near one of an op's cases: as it is, or perturbed in one way or several."""
    # Of a case for dtypes that the backend has not there is nothing to draw.
    number = choose(st.sampled_from([n for n, c in enumerate(op.cases) if c.dtypes is None or calls.dtypes_of(c)]))
    case = op.cases[number]
    bound = op.signature.bind(*case.arguments, **case.keywords)
    bound.apply_defaults()
    arguments = dict(bound.arguments)
    wanted = calls.dtypes_of(case) if case.dtypes is not None else calls.dtypes_held()
    dtype = choose(st.sampled_from(wanted)) if wanted else "float32"
    _resize(choose, op, arguments)
    count = getattr(op.infer, "elementwise", 0)
    for p in op.parameters:
        value = arguments[p.name]
        if p.tensor:
            if p.position < count:
                arguments[p.name] = _other_operand(choose, p, value, dtype, count)
        elif choose(st.integers(0, 3)) == 0:
            arguments[p.name] = _other_argument(choose, op, p, value)
    for name, value in arguments.items():
        bound.arguments[name] = value
    return DrawnCall(op, number, dtype, dataclasses.replace(case, arguments=bound.args, keywords=bound.kwargs))


def _resize(choose: Choose, op: Op, arguments: dict[str, Any]) -> None:
    """Sizes that are equal stay so, since ops ask for it; now and then one differs after all."""
    given = [arguments[p.name] for p in op.tensor_parameters]
    sizes = sorted({n for x in calls.leaves(given) if isinstance(x, Draw) for n in x.shape})
    changed = {n: choose(SIZES) if choose(st.integers(0, 2)) == 0 else n for n in sizes}
    odd = choose(st.integers(0, 7))
    salt = choose(st.integers(0, 3))

    def resized(x: Any) -> Any:
        nonlocal odd
        if isinstance(x, (list, tuple)):
            return type(x)(resized(v) for v in x)
        if not isinstance(x, Draw):
            return x
        shape = [changed[n] for n in x.shape]
        if odd == 0:
            shape = _odd(choose, shape)
            odd = -1
        return dataclasses.replace(x, shape=tuple(shape), salt=x.salt + salt)

    for p in op.tensor_parameters:
        arguments[p.name] = resized(arguments[p.name])


def _odd(choose: Choose, shape: list[int]) -> list[int]:
    """A shape with an axis more, one less, or of another size."""
    how = choose(st.sampled_from(("more", "less", "other")))
    if how == "more" or not shape:
        return [choose(SIZES), *shape]
    place = choose(st.integers(0, len(shape) - 1))
    return shape[:place] + ([] if how == "less" else [choose(SIZES)]) + shape[place + 1 :]


def _other_operand(choose: Choose, p: Parameter, value: Any, dtype: str, count: int) -> Any:
    """An operand of an elementwise op: what it was, special values, an axis of 1, or a Python number."""
    how = choose(st.integers(0, 5))
    if how == 0 and lattice.is_float(dtype):
        return list(SPECIAL) if count == 1 else [choose(st.sampled_from(SPECIAL))]
    if how == 1 and isinstance(value, Draw) and value.shape:
        place = choose(st.integers(0, len(value.shape) - 1))
        return dataclasses.replace(value, shape=(*value.shape[:place], 1, *value.shape[place + 1 :]))
    if how == 2 and p.position and isinstance(value, Draw):
        return choose(st.sampled_from((2, 0.5, True, 3)))
    return value


def _other_argument(choose: Choose, op: Op, p: Parameter, value: Any) -> Any:
    """An argument that is no tensor: one of other cases, or a neighbour, which may be out of range."""
    if isinstance(value, bool):
        # Values of the case are one or the other.
        return value if p.name == "from_logits" else choose(st.booleans())
    if isinstance(value, str):
        return choose(st.sampled_from([*_seen(op, p, str), "no such mode"]))
    if isinstance(value, int):
        return value + choose(st.integers(-3, 3))
    if isinstance(value, float):
        return value * choose(st.sampled_from((0.5, 1.0, 2.0)))
    if value is None and p.name == "axis":
        return choose(st.one_of(st.none(), st.integers(-4, 3)))
    if isinstance(value, tuple) and value and all(type(v) is int for v in value):
        place = choose(st.integers(0, len(value) - 1))
        return (*value[:place], value[place] + choose(st.integers(-2, 2)), *value[place + 1 :])
    return value


def _seen(op: Op, p: Parameter, kind: type) -> list[Any]:
    """What the cases of an op give for one of its parameters."""
    found = []
    for case in op.cases:
        value = op.signature.bind(*case.arguments, **case.keywords).arguments.get(p.name, p.default)
        if isinstance(value, kind) and value not in found:
            found.append(value)
    return found
