"""Ops the size of whose result depends on values."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from multikeras import ops
from multikeras.dtypes.lattice import weak_join
from multikeras.ops._rules import no_bool
from multikeras_jax.compiled import compiled, compiled_body, eager_body, size_from_values
from multikeras_jax.table import table

_bodies: dict[str, Any] = {}


def _body(make: Any, op: Any, *hint: str) -> Any:
    """A body, made when it is called first: the backend does not exist before."""
    key = f"{op.name} {make.__name__}"
    if key not in _bodies:
        _bodies[key] = make(op, *hint)
    return _bodies[key]


@table.implements(ops.unique)
def unique(*values: Any) -> Any:
    if values[6] is not None:
        return _body(compiled_body, ops.unique.op)(*values)  # type: ignore[attr-defined]
    return _body(eager_body, ops.unique.op, "ops.unique(x, size=8)")(*values)  # type: ignore[attr-defined]


@table.implements(ops.nonzero)
def nonzero(x: Any) -> Any:
    return _body(eager_body, ops.nonzero.op, "ops.where(x != 0, x, 0)")(x)  # type: ignore[attr-defined]


@table.implements(ops.bincount)
def bincount(x: Any, weights: Any, minlength: int, sparse: bool) -> Any:
    if x.ndim not in (1, 2) or not (jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == bool):
        raise ValueError("a vector of integers")
    if sparse or (weights is not None and weights.shape != x.shape):
        raise ValueError("a weight for each")
    with size_from_values("ops.bincount", "ops.sum(ops.one_hot(x, classes), 0)"):
        values = np.asarray(x).astype(np.int64)
    if isinstance(minlength, bool) or not minlength >= 0 or values.min(initial=0) < 0:
        raise ValueError("integers from 0 on")
    if weights is not None:
        weights = weights.astype(no_bool(weak_join([x.dtype.name, weights.dtype.name])))
    return _counts(x, weights, max(int(values.max(initial=-1)) + 1, minlength))


def _counted(x: Any, weights: Any, length: int) -> Any:
    x = x.astype(jnp.int32)
    each = jnp.ones(x.shape, jnp.int32) if weights is None else weights
    if x.ndim == 1:
        return jnp.zeros((length,), each.dtype).at[x].add(each)
    rows = jnp.arange(x.shape[0])[:, None]
    return jnp.zeros((x.shape[0], length), each.dtype).at[rows, x].add(each)


_counts = compiled(_counted, 2)
