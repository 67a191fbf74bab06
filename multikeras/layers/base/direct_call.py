"""What the calls of layers decide ahead: which inputs need no preparation, and how the others are prepared."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from multikeras.backend.contract import Backend
from multikeras.dtypes import lattice
from multikeras.errors import MixedBackendsError, MultikerasError


@functools.cache
def plain_dtypes(backend: Backend, compute_dtype: str | None) -> frozenset[Any]:
    """The native dtypes that a layer takes as they are: all but floats other than `compute_dtype` (`None`: all)."""
    found = set()
    for name in lattice.ALL:
        if compute_dtype is None or not lattice.is_float(name) or name == compute_dtype:
            try:
                found.add(backend.tensors.native_dtype(name))
            except MultikerasError:
                continue
    return frozenset(found)


def prepare_input(value: Any, backend: Backend, compute_dtype: str | None, layer: Any) -> Any:
    """An argument of a call with its host arrays made native and its floats in the compute dtype.

    Raises:
        MixedBackendsError: It holds a tensor of another backend.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, dict):
        return {k: prepare_input(v, backend, compute_dtype, layer) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(v, (int, float, str)) for v in value):
            return value
        made = [prepare_input(v, backend, compute_dtype, layer) for v in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    from multikeras.ops._owners import owner_of
    from multikeras.state.variable import Variable

    tensors = backend.tensors
    if isinstance(value, Variable):
        if value._backend is not backend:
            raise MixedBackendsError(
                f"Layer {layer.name!r} belongs to {backend.name} and takes its variables.",
                received=f"{value.path!r} of {value.backend}",
                hint="multikeras.ops.convert_to_numpy(x)",
            )
        value = value.value
    if isinstance(value, tensors.types) and not isinstance(value, np.generic):
        layer._takes_native.add(type(value))
        spec = tensors.spec_of(value)
        if compute_dtype is not None and lattice.is_float(spec.dtype) and spec.dtype != compute_dtype:
            from multikeras.state.masks import get_mask, set_mask

            mask = get_mask(value)
            value = tensors.cast(value, compute_dtype)
            if mask is not None:
                set_mask(value, mask)
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if compute_dtype is not None and lattice.is_float(lattice.standardize(array.dtype)):
            array = array.astype(lattice.numpy_dtype(compute_dtype), copy=False)
        return tensors.from_numpy(array)
    owner = owner_of(type(value))
    if owner is not None and owner is not backend:
        raise MixedBackendsError(
            f"Layer {layer.name!r} belongs to {backend.name} and takes its tensors.",
            received=f"a tensor of {owner.name}",
            hint="multikeras.ops.convert_to_numpy(x)",
        )
    return value
