"""Fast paths made before the first call.

Ordinarily a fast path of an op is made by its first slow call. A compiler that traces Python code has guards on what it
met there, and would trace everything again after that call. A backend with such a compiler asks for them when it is
loaded.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from typing import Any

from multikeras.backend.contract import Backend
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError
from multikeras.ops._numbers import fast_entry, takes_numbers
from multikeras.ops._op import DECLARED, Op
from multikeras.ops._owners import KINDS, native_dtypes, owners


def warm(backend: Backend, samples: Sequence[Any]) -> None:
    """Make the fast paths of all ops for native tensors, and for such beside Python numbers, and what they rest on.

    Args:
        backend: The backend whose tensors they are.
        samples: A tensor of each type.
    """
    owners.update({type(sample): backend for sample in samples})
    for kind in KINDS:
        native_dtypes(backend, kind)
    for dtype in (
        *lattice.ALL,
        *native_dtypes(backend, "number"),
        backend.tensors.native_dtype("bool"),
        int,
        bool,
        complex,
    ):
        lattice.standardize(dtype)
    for pair in itertools.product((*lattice.ALL, int, float), repeat=2):
        with contextlib.suppress(DTypeError):
            lattice.result_type(*pair)
    for op in DECLARED.values():
        if backend.ops.kind(op) in ("native", "composite"):
            _warm(op, backend, samples)


def _warm(op: Op, backend: Backend, samples: Sequence[Any]) -> None:
    implementation: Any = backend.ops.resolve(op)
    if implementation is op.body:
        implementation = op.body_on(backend)
    if not op.tensor_parameters:
        op.fast[backend] = implementation
    if op._key is None:
        return
    given: list[Any] = [p.default for p in op.parameters]
    many = op.tensor_parameters[0].many
    choices = [[*samples, None] if p.optional else list(samples) for p in op.tensor_parameters]
    optional = all(p.optional for p in op.cast_parameters)
    for chosen in itertools.product(*choices):
        cast = [sample for p, sample in zip(op.tensor_parameters, chosen, strict=True) if p in op.cast_parameters]
        if op.cast is not None and optional and cast[0] is None and any(sample is not None for sample in cast):
            # The fast path reads the dtype of the first.
            continue
        for p, sample in zip(op.tensor_parameters, chosen, strict=True):
            given[p.position] = (sample,) if many else sample
        op.learn(op._key(given), backend, implementation)
    if len(op.tensor_parameters) not in (2, 3) or many or not op._plain_call:
        return
    for chosen in itertools.product((*samples, 1, 1.0), repeat=len(op.tensor_parameters)):
        numbers = sum(type(value) in (int, float) for value in chosen)
        if not 0 < numbers < len(chosen):
            continue
        for p, value in zip(op.tensor_parameters, chosen, strict=True):
            given[p.position] = value
        entry = fast_entry(op, given, backend, implementation) if takes_numbers(op, backend, given) else None
        if entry is not None:
            op.beside_numbers[op._key(given)] = entry
