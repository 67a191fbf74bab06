"""Calls of an op on anything: symbolic or mixed arguments, numbers, host arrays, dtypes to promote.

What is decided here from the declaration is remembered, so that the next such call takes the fast path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Signature
from typing import TYPE_CHECKING, Any

import numpy as np

from multikeras.backend.contract import Backend
from multikeras.backend.select import current, selection
from multikeras.backend.spec import Spec
from multikeras.dtypes.lattice import is_complex
from multikeras.errors import ArgumentError, MixedBackendsError
from multikeras.graph.keras_tensor import KerasTensor, any_symbolic
from multikeras.ops._arguments import argument_error, with_flags
from multikeras.ops._numbers import fast_entry, stays, takes_numbers
from multikeras.ops._owners import HOST_TYPES, owner_of, owners
from multikeras.ops._values import argument_spec, asked_in_full, cast_dtype, describe_value, joined, native
from multikeras.state.variable import Variable

if TYPE_CHECKING:
    from multikeras.ops._op import Op, Parameter

_MISSING = object()

_PYTHON_NUMBERS = frozenset({int, float, bool, complex})

_NONE = type(None)


def call_any(op: Op, arguments: Sequence[Any]) -> Any:
    """Run an op on any arguments: every one of the signature, by position, `*rest` as one, `**rest` as one."""
    values = list(arguments)
    leaves: list[Any] = []
    for p in op.tensor_parameters:
        value = values[p.position]
        if value is None:
            if p.default is Signature.empty and not p.optional:
                raise argument_error(op, values) or AssertionError
            continue
        if p.many:
            value = _sequence(op, p, value)
            values[p.position] = value
            leaves += value
        else:
            if isinstance(value, Variable):
                values[p.position] = value = value.value
            elif type(value) is list or type(value) is tuple:
                values[p.position] = value = joined(value)
            elif type(value) not in _PYTHON_NUMBERS and hasattr(value, "__multikeras_tensor__"):
                values[p.position] = value = value.__multikeras_tensor__()
            leaves.append(value)
    if any_symbolic(leaves):
        return op.symbolic(values)
    backend, plain = _owner(op, leaves)
    lifted = bool(backend.ops.lifted) and any(type(x) in backend.ops.lifted for x in leaves)
    implementation = backend.ops.resolve(op, lifted)
    numbers = not plain and implementation is not op.body and takes_numbers(op, backend, values)
    given = values
    if op.real and any(is_complex(argument_spec(x, backend).dtype) for x in leaves):
        op.result_spec(values)
    if not plain or op.cast is not None:
        values = list(given)
        _convert(op, values, backend, numbers)
    if implementation is op.body:
        implementation = op.body_on(backend)
    try:
        result = implementation(*values) if op._plain_call else op.invoke(implementation, values)
    except Exception as error:
        flags = with_flags(op, given)
        if flags is not None:
            return call_any(op, flags)
        raise op.translate(error, given, backend) from error
    if plain:
        _remember(op, arguments, backend, implementation)
    elif numbers and op._key is not None and op._plain_call:
        entry = fast_entry(op, given, backend, implementation)
        if entry is not None:
            op.beside_numbers[op._key(given)] = entry
    return result


def _sequence(op: Op, p: Parameter, value: Any) -> list[Any]:
    if not issubclass(type(value), (list, tuple)):
        tensor: Any = value
        is_tensor = owner_of(type(value)) is not None or issubclass(type(value), (KerasTensor, Variable, *HOST_TYPES))
        if is_tensor:
            if getattr(tensor, "ndim", None) == 0:
                raise ArgumentError(
                    f"ops.{op.name} takes a list or tuple of tensors as `{p.name}`.", received="a scalar tensor"
                )
            if tensor.shape[0] is None:
                raise ArgumentError(
                    f"ops.{op.name} takes a list or tuple of tensors as `{p.name}`.",
                    received=f"one tensor, {describe_value(tensor)}, with an unknown number of entries",
                )
            return [tensor[i] for i in range(tensor.shape[0])]
        try:
            value = list(value)
        except TypeError:
            raise ArgumentError(
                f"ops.{op.name} takes a list or tuple of tensors as `{p.name}`.", received=repr(value)
            ) from None
    return [x.value if isinstance(x, Variable) else x for x in value]


def _owner(op: Op, leaves: list[Any]) -> tuple[Backend, bool]:
    """The backend that runs the call, and whether every tensor argument is its own already."""
    owner: Backend | None = None
    plain = True
    host = False
    for leaf in leaves:
        found = owners.get(type(leaf), _MISSING)
        if found is _MISSING:
            found = owner_of(type(leaf))
        if found is None:
            if isinstance(leaf, HOST_TYPES):
                host = True
            else:
                plain = False
        elif owner is None:
            owner = found  # type: ignore[assignment]
        elif owner is not found:
            raise MixedBackendsError(
                f"The tensors of one call belong to one backend: ops.{op.name}.",
                received=f"tensors of {owner.name} and of {found.name}",  # type: ignore[union-attr]
                hint="multikeras.ops.convert_to_numpy(x) on one of them",
            )
    if owner is None:
        owner = current()
        # Host arrays are native to some backends, so that these are plain calls too.
        plain = (bool(leaves) or not op.tensor_parameters) and all(
            isinstance(leaf, owner.tensors.types) for leaf in leaves
        )
    elif host and np.ndarray not in owner.tensors.types:
        plain = False
    return owner, plain


def _convert(op: Op, values: list[Any], backend: Backend, numbers: bool = False) -> None:
    """Make every tensor argument native, with the dtypes that the rule asks for.

    Under `numbers`, Python numbers stay where they mean the same.
    """
    tensors = backend.tensors
    specs: list[Spec] = []
    names: set[str] = set()
    for p in op.tensor_parameters:
        value = values[p.position]
        if value is None:
            continue
        for leaf in value if p.many else (value,):
            spec = argument_spec(leaf, backend)
            specs.append(spec)
            if p in op.cast_parameters:
                names.add(spec.dtype)
    common: str | None = None
    if op.cast is not None and names:
        common = cast_dtype(op.cast, names)
    asked = None if op.made_in is None else values[op.made_in]
    index = 0
    for p in op.tensor_parameters:
        value = values[p.position]
        if value is None:
            continue
        target = common if p in op.cast_parameters else None
        if p.many:
            made = []
            for leaf in value:
                made.append(native(leaf, specs[index], target, tensors))
                index += 1
            values[p.position] = made
        else:
            target = asked_in_full(value, specs[index], asked, tensors) or target
            if not (numbers and target is not None and stays(value, target, backend)):
                values[p.position] = native(value, specs[index], target, tensors)
            index += 1


def _remember(op: Op, arguments: Sequence[Any], backend: Backend, implementation: Callable) -> None:
    if op._key is None:
        if not op.tensor_parameters:
            op.fast[backend] = implementation
        return
    key = op._key(arguments)
    types = key if isinstance(key, tuple) else (key,)
    if any(t is not _NONE and not issubclass(t, HOST_TYPES) and owner_of(t) is None for t in types):
        # Objects that stand for a tensor, or a sequence of several types.
        return
    if any(issubclass(t, HOST_TYPES) for t in types):
        # Which backend host arrays belong to depends on which one is current.
        guard = op.fast.get(key)
        if not isinstance(guard, _HostEntry):
            guard = _HostEntry(op) if op._plain_call else _HostKeywordEntry(op)
        guard.by_backend[backend] = implementation
        op.learn(key, backend, guard)
    else:
        op.learn(key, backend, implementation)


class _HostEntry:
    """A fast entry for host arrays: runs the implementation of the current backend."""

    def __init__(self, op: Op) -> None:
        self.op = op
        self.by_backend: dict[Any, Callable] = {}

    def __call__(self, *values: Any) -> Any:
        implementation = self.by_backend.get(selection.backend)
        if implementation is None:
            return self.op.slow(*values)
        return implementation(*values)


class _HostKeywordEntry(_HostEntry):
    """The same for ops with a `*rest` or `**rest` parameter."""

    def __call__(self, *values: Any, **keywords: Any) -> Any:
        implementation = self.by_backend.get(selection.backend)
        if implementation is None:
            return self.op.slow(*self.op.bind(values, keywords))
        return implementation(*values, **keywords)
