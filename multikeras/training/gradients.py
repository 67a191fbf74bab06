"""Gradients of stateful code with respect to variables, the same call on every backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from multikeras.backend.contract import Capability, RecordingAutodiff
from multikeras.backend.select import current
from multikeras.errors import MixedBackendsError, NotSupportedError
from multikeras.state.scope import StatelessScope, scopes
from multikeras.state.variable import Variable
from multikeras.training.key_order import keep, plain


def value_and_grad(
    fn: Callable[[], Any], variables: Sequence[Variable], has_aux: bool = False
) -> tuple[Any, list[Any]]:
    """The value of a function and its gradients with respect to variables.

    `fn` may read and assign any variables; what it assigns stays assigned.

    Args:
        fn: A function without arguments that returns a scalar tensor; with `has_aux` a pair of it and anything else
            made of tensors.
        variables: Variables that it reads.
        has_aux: Whether `fn` returns a pair.

    Returns:
        `(fn(), gradients)`, with a gradient for each variable; `None`, or zeros, for one that `fn` does not depend on.

    Raises:
        NotSupportedError: The backend has no gradients.
        MixedBackendsError: A variable belongs to another backend than the current one.

    ```python
    >>> import multikeras as keras
    >>> v = keras.Variable([1.0, 2.0])
    >>> value, (gradient,) = value_and_grad(lambda: keras.ops.sum(v * v), [v])
    >>> float(value), gradient.tolist()
    (5.0, [2.0, 4.0])

    ```
    """
    backend = current()
    if backend.autodiff is None or Capability.GRADIENTS not in backend.can:
        raise NotSupportedError(
            f"The {backend.name} backend has no gradients.", hint="a backend with Capability.GRADIENTS"
        )
    for v in variables:
        if v._backend is not backend:
            raise MixedBackendsError(
                f"Gradients are taken on one backend, here {backend.name}.", received=f"{v.path} of {v.backend}"
            )
    both = fn if has_aux else lambda: (fn(), None)
    if Capability.MUTABLE_VARIABLES in backend.can and scopes.stateless is None:
        recording = cast(RecordingAutodiff, backend.autodiff)
        (value, aux), gradients = recording.record(both, [v._storage for v in variables])
    else:
        (value, aux), gradients = _functional(backend, both, variables)
    return ((value, aux) if has_aux else value), gradients


def _functional(backend: Any, fn: Callable, variables: Sequence[Variable]) -> tuple[tuple[Any, Any], list[Any]]:
    """Gradients by way of a pure function: `fn` with the variables' values as arguments."""
    assigned: list[Variable] = []

    def pure(values: list[Any]) -> Any:
        with StatelessScope() as scope:
            scope.state_mapping.update({id(v): value for v, value in zip(variables, values, strict=True)})
            value, aux = fn()
        assigned[:] = scope.updated.values()
        return value, (keep(aux), [scope.state_mapping[id(v)] for v in assigned])

    values = [v.value for v in variables]
    (value, (aux, updates)), gradients = backend.autodiff.value_and_grad(pure, values, has_aux=True)
    for v, update in zip(assigned, updates, strict=True):
        v._store(update)
    return (value, plain(aux)), gradients
