"""Every op beside the native implementation that it comes to, on the tensors of one of its declared cases."""

from __future__ import annotations

import inspect
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from multikeras_conformance import calls

import multikeras as keras
from multikeras.backend import current
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op

# A block of calls takes about this long, and is repeated.
SECONDS = 4e-4
BLOCKS = 7
# What takes longer than this is not about overhead: its noise is larger.
LONGEST = 3e-4


def suitable(op: Op) -> calls.Call | None:
    """The first case that raises nothing and whose tensors need no cast; of those without floats the first."""
    found = []
    for call in calls.calls(raising=False, first_dtype=True, only=op):
        values = call.values()
        arrays = [v for v in calls.leaves(values) if isinstance(v, np.ndarray)]
        if isinstance(calls.rule_of(call, values), MultikerasError) or any(a.size == 0 for a in arrays):
            continue
        if any(type(values[p.position]) in (int, float, bool, complex) for p in op.tensor_parameters):
            continue
        floats = [a.dtype == np.float32 for a in arrays if a.dtype.kind == "f" or op.cast is not None]
        found.append((not floats or not all(floats), call))
    found.sort(key=lambda entry: entry[0])
    return found[0][1] if found else None


def arguments(op: Op, values: list[Any]) -> tuple[tuple, dict[str, Any]]:
    """What the public function and the implementation are both called with."""
    if op.star is not None or op.keywords:
        taken: list[Any] = []
        op.invoke(lambda *args, **named: taken.extend((args, named)), values)
        return taken[0], taken[1]
    kinds = [p.kind for p in op.signature.parameters.values()]
    count = kinds.index(inspect.Parameter.KEYWORD_ONLY) if inspect.Parameter.KEYWORD_ONLY in kinds else len(kinds)
    return tuple(values[:count]), {p.name: values[p.position] for p in op.parameters[count:]}


def timed_block(call: Callable, args: tuple, named: dict[str, Any], count: int) -> float:
    """Seconds of one of `count` calls."""
    repeat = range(count)
    if named:
        start = time.perf_counter()
        for _ in repeat:
            call(*args, **named)
    else:
        start = time.perf_counter()
        for _ in repeat:
            call(*args)
    return (time.perf_counter() - start) / count


def pairs() -> dict[str, tuple[Callable, Callable, tuple, dict[str, Any], int]]:
    """The public function of each op, the implementation, what both are called with, and how often in a block."""
    backend = current()
    found = {}
    for op in DECLARED.values():
        implementation = backend.ops.native.get(op.name)
        call = suitable(op) if implementation is not None else None
        if implementation is None or call is None:
            continue
        args, named = arguments(op, calls.native(call, call.values()))
        try:
            for function in (op.function, implementation):
                function(*args, **named)
                took = min(timed_block(function, args, named, 2) for _ in range(3))
        except Exception:  # noqa: BLE001 - a case whose dtypes the rule casts first
            continue
        if took < LONGEST:
            found[op.name] = (op.function, implementation, args, named, max(4, int(SECONDS / took)))
    return found


def prepare(backend: str) -> Callable[[], dict[str, tuple[float, float]]]:
    keras.set_backend(backend)
    warnings.simplefilter("ignore")
    timed = pairs()

    def one_round() -> dict[str, tuple[float, float]]:
        result = {}
        for name, (ours, theirs, args, named, count) in timed.items():
            times = [
                (timed_block(ours, args, named, count), timed_block(theirs, args, named, count)) for _ in range(BLOCKS)
            ]
            result[name] = tuple(statistics.median(column) for column in zip(*times))
        return result

    return one_round
