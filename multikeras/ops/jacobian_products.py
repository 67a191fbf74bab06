"""Derivatives of functions of plain lists of tensors: what the transforms are made of, as ops.

As ops they work on symbolic tensors too, inside compiled steps and inside each other. The gradient of a real number
with respect to a complex `x = a + ib` is that with respect to `a` plus `i` times that with respect to `b`: the
direction of fastest growth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.backend.contract import Capability
from multikeras.backend.select import current
from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, DTypeError, NotSupportedError, ShapeError
from multikeras.graph.call import from_specs, without_history
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.arithmetic import add, multiply
from multikeras.ops.complex_numbers import conj, real
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.creation import zeros, zeros_like
from multikeras.ops.reduction import sum

lattice = rules.lattice


def autodiff() -> Any:
    """How the current backend takes gradients.

    Raises:
        NotSupportedError: It takes none.
    """
    backend = current()
    if backend.autodiff is None or Capability.GRADIENTS not in backend.can:
        raise NotSupportedError(
            f"The {backend.name} backend has no gradients.", hint="a backend with Capability.GRADIENTS"
        )
    return backend.autodiff


def _outputs(function: Any, tensors: Sequence[Spec]) -> list[Spec]:
    """What a function returns for tensors of these specs, which have gradients."""
    check_differentiable(function, tensors)
    given = [Spec(s.shape, rules.same(s.dtype)) for s in tensors]
    found = [argument_spec(x, None) for x in without_history(function, from_specs(given))]
    return [Spec(s.shape, rules.same(s.dtype)) for s in found]


def _varies(dtype: str) -> bool:
    name = lattice.strong(dtype)
    return lattice.is_float(name) or name in lattice.COMPLEX


def check_differentiable(function: Any, tensors: Sequence[Any]) -> None:
    """Raise unless there is a function, and all tensors, or their specs, are of floats or complex numbers.

    Raises:
        ArgumentError: It is no function.
        DTypeError: A tensor has no gradient.
    """
    if not callable(function):
        raise ArgumentError("Derivatives are those of a function.", received=repr(function))
    for spec in map(_spec, tensors):
        if not _varies(spec.dtype):
            raise DTypeError(
                "Gradients are taken with respect to floats.", received=str(spec), hint="ops.cast(x, 'float32')"
            )


def check_directions(role: str, directions: Sequence[Any], places: Sequence[Any]) -> None:
    """Raise unless there is a direction of the same shape for each place.

    Raises:
        ArgumentError: There are more or fewer.
        ShapeError: One has another shape.
    """
    if len(directions) != len(places):
        raise ArgumentError(f"There is one {role} for each tensor.", received=f"{len(directions)} for {len(places)}")
    for direction, place in zip(map(_spec, directions), map(_spec, places), strict=True):
        same = len(direction.shape) == len(place.shape) and all(
            m == n or m is None or n is None for m, n in zip(direction.shape, place.shape, strict=True)
        )
        if not same:
            raise ShapeError(f"A {role} has the shape of its tensor.", received=f"{direction} for {place}")


def _spec(x: Any) -> Spec:
    return argument_spec(x, None)


def _check_scalar(outputs: Sequence[Any]) -> None:
    spec = _spec(outputs[0]) if outputs else None
    if spec is None or spec.shape != () or not lattice.is_float(spec.dtype):
        raise ShapeError(
            "The function that gradients are taken of returns a scalar.",
            received="nothing" if spec is None else str(spec),
            hint="ops.sum(...) of floats, or vjp for other results",
        )


@rules.rule()
def _gradient_rule(function: Callable, tensors: list[Spec]) -> list[Spec]:
    outputs = _outputs(function, tensors)
    _check_scalar(outputs)
    return [*outputs, *(Spec(s.shape, rules.same(s.dtype)) for s in tensors)]


@rules.rule()
def _vjp_rule(function: Callable, tensors: list[Spec], cotangents: list[Spec]) -> list[Spec]:
    outputs = _outputs(function, tensors)
    check_directions("cotangent", cotangents, outputs)
    return [*outputs, *(Spec(s.shape, rules.same(s.dtype)) for s in tensors)]


def check_tangents(function: Any, primals: Sequence[Any], tangents: Sequence[Any]) -> None:
    """Raise what `jvp` does of its arguments."""
    check_differentiable(function, primals)
    check_directions("tangent", tangents, primals)


@rules.rule()
def _jvp_rule(function: Callable, primals: list[Spec], tangents: list[Spec]) -> list[Spec]:
    check_tangents(function, primals, tangents)
    outputs = _outputs(function, primals)
    return [*outputs, *outputs]


def _columns(function: Callable, tensors: Sequence[Any]) -> list[list[np.ndarray]]:
    """For each entry of each tensor the derivatives of all outputs, by complex steps, which round nothing off."""
    # W. Squire and G. Trapp, 1998, "Using complex variables to estimate derivatives of real functions".
    step = 1e-30
    found = []
    for i, x in enumerate(tensors):
        for place in np.ndindex(np.shape(x)):
            moved = [np.asarray(t, np.complex128).copy() for t in tensors]
            moved[i][place] += 1j * step
            found.append([np.imag(y) / step for y in function(moved)])
    return found


def _pulled(function: Callable, tensors: Sequence[Any], cotangents: Sequence[Any]) -> list[np.ndarray]:
    columns = iter(_columns(function, tensors))
    found = []
    for x in tensors:
        entries = [
            np.sum([np.sum(y * c) for y, c in zip(next(columns), cotangents, strict=True)]) for _ in range(np.size(x))
        ]
        found.append(np.array(entries).reshape(np.shape(x)))
    return found


def _gradient_reference(function: Callable, tensors: Sequence[Any]) -> list[Any]:
    outputs = function(tensors)
    weights = [np.ones(()), *(np.zeros(np.shape(y)) for y in outputs[1:])]
    return [*outputs, *_pulled(function, tensors, weights)]


def _vjp_reference(function: Callable, tensors: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
    return [*function(tensors), *_pulled(function, tensors, cotangents)]


def _jvp_reference(function: Callable, primals: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    weights = np.concatenate([np.ravel(t) for t in tangents])
    outputs = function(primals)
    totals: list[Any] = [np.zeros(np.shape(y)) for y in outputs]
    for weight, column in zip(weights, _columns(function, primals), strict=True):
        totals = [total + weight * y for total, y in zip(totals, column, strict=True)]
    return [*outputs, *totals]


# Functions of the cases: what tensors and arrays understand alike, and what has a derivative as a complex function.
def _energy(x: list[Any]) -> list[Any]:
    return [(x[0] * x[0] * x[1]).sum() if isinstance(x[0], np.ndarray) else sum(x[0] * x[0] * x[1])]


def _energy_and_parts(x: list[Any]) -> list[Any]:
    return [*_energy(x), x[0] * x[1]]


def _product_and_ratio(x: list[Any]) -> list[Any]:
    return [x[0] * x[0] * x[1], x[0] / (x[1] * x[1] + 1.0)]


def _cube(x: list[Any]) -> list[Any]:
    return [x[0] * x[0] * x[0]]


def _number(x: list[Any]) -> list[Any]:
    return [np.real(x[0]).astype(np.int32) if isinstance(x[0], np.ndarray) else cast(x[0], "int32")]


_FLOATS = ("float32", "float64")
_PAIR = [draw(2, 3), draw(2, 3, salt=1)]
_REFUSED = [
    case(3, [draw(2)], dtypes=("float32",), raises=ArgumentError, match="those of a function"),
    case(_cube, [draw(2, dtype="int32")], dtypes=("float32",), raises=DTypeError, match="respect to floats"),
]


@composite(
    name="value_and_grad",
    infer=_gradient_rule,
    reference=_gradient_reference,
    cases=[
        case(_energy, _PAIR, dtypes=(*_FLOATS, "bfloat16"), tolerance=32),
        case(_energy_and_parts, _PAIR, dtypes=_FLOATS, tolerance=32),
        case(_cube, [draw()], dtypes=_FLOATS),
        case(_energy, [draw(0), draw(0)], dtypes=("float32",)),
        case(_cube, [draw(2)], dtypes=("float32",), raises=ShapeError, match="returns a scalar"),
        *_REFUSED,
    ],
)
def value_and_grad_flat(function: Callable[..., Any], tensors: Sequence[Tensor]) -> list[Tensor]:
    """The results of a function, and the gradients of the first one: what `value_and_grad` is made of.

    Args:
        function: From a list of tensors to a list of tensors, the first a scalar of floats.
        tensors: Floats or complex numbers.

    Returns:
        What the function returns, and a gradient for each tensor, of its shape and dtype.

    Raises:
        ArgumentError: It is no function.
        DTypeError: A tensor is not of floats.
        ShapeError: The first result is no scalar.

    ```python
    >>> [float(y) for y in value_and_grad_flat(lambda x: [x[0] * x[0]], [3.0])]
    [9.0, 6.0]

    ```
    """
    check_differentiable(function, tensors)

    def scalar(values: list[Any]) -> tuple[Any, list[Any]]:
        found = list(function(values))
        _check_scalar(found)
        return found[0], found[1:]

    (value, rest), gradients = autodiff().value_and_grad(scalar, list(tensors), has_aux=True)
    return [value, *rest, *gradients]


@composite(
    name="vjp",
    infer=_vjp_rule,
    reference=_vjp_reference,
    cases=[
        case(_product_and_ratio, _PAIR, [draw(2, 3, salt=2), draw(2, 3, salt=3)], dtypes=_FLOATS, tolerance=64),
        case(_cube, [draw(4)], [draw(4, salt=1)], dtypes=_FLOATS),
        case(_cube, [draw()], [draw(salt=1)], dtypes=("float32",)),
        case(_number, [draw(2)], [draw(2, dtype="int32")], dtypes=("float32",), gradient=False),
        case(_cube, [draw(2)], [draw(3)], dtypes=("float32",), raises=ShapeError, match="shape of its tensor"),
        case(_cube, [draw(2)], [], dtypes=("float32",), raises=ArgumentError, match="one cotangent"),
        case(_cube, [draw(2, dtype="int32")], [draw(2)], dtypes=("float32",), raises=DTypeError, match="floats"),
    ],
)
def vjp_flat(function: Callable[..., Any], tensors: Sequence[Tensor], cotangents: Sequence[Tensor]) -> list[Tensor]:
    """The results of a function, and cotangents of them carried back: what `vjp` is made of.

    `x_bar_j = sum_i y_bar_i * dy_i/dx_j`.

    Args:
        function: From a list of tensors to a list of tensors.
        tensors: Floats or complex numbers.
        cotangents: One for each result, of its shape; those of integers count for nothing.

    Returns:
        What the function returns, and a cotangent for each tensor, of its shape and dtype.

    Raises:
        ArgumentError: It is no function, or there are more or fewer cotangents than results.
        DTypeError: A tensor is not of floats.
        ShapeError: A cotangent has another shape than its result.

    ```python
    >>> [float(y) for y in vjp_flat(lambda x: [x[0] * x[0]], [3.0], [10.0])]
    [9.0, 60.0]

    ```
    """
    check_differentiable(function, tensors)

    def total(values: list[Any]) -> tuple[Any, list[Any]]:
        outputs = list(function(values))
        check_directions("cotangent", cotangents, outputs)
        return _paired(outputs, cotangents), outputs

    (_, outputs), gradients = autodiff().value_and_grad(total, list(tensors), has_aux=True)
    return [*outputs, *gradients]


@composite(
    name="jvp",
    infer=_jvp_rule,
    reference=_jvp_reference,
    cases=[
        case(_product_and_ratio, _PAIR, [draw(2, 3, salt=2), draw(2, 3, salt=3)], dtypes=_FLOATS, tolerance=64),
        case(_cube, [draw(4)], [draw(4, salt=1)], dtypes=_FLOATS),
        case(_cube, [draw()], [draw(salt=1)], dtypes=("float32",)),
        case(_cube, [draw(2)], [draw(3)], dtypes=("float32",), raises=ShapeError, match="shape of its tensor"),
        case(_cube, [draw(2)], [], dtypes=("float32",), raises=ArgumentError, match="one tangent"),
        case(_cube, [draw(2, dtype="int32")], [draw(2)], dtypes=("float32",), raises=DTypeError, match="floats"),
    ],
)
def jvp_flat(function: Callable[..., Any], primals: Sequence[Tensor], tangents: Sequence[Tensor]) -> list[Tensor]:
    """The results of a function, and how they change along a direction: what `jvp` is made of.

    `y_dot_i = sum_j dy_i/dx_j * x_dot_j`.

    Args:
        function: From a list of tensors to a list of tensors.
        primals: Floats or complex numbers.
        tangents: The direction: one for each of `primals`, of its shape.

    Returns:
        What the function returns, and a tangent for each result, of its shape and dtype; zeros for integers.

    Raises:
        ArgumentError: It is no function, or there are more or fewer tangents than primals.
        DTypeError: A tensor is not of floats.
        ShapeError: A tangent has another shape than its primal.

    Source:
        Frameworks without forward mode carry a cotangent back and differentiate that, which is linear in it:
        J. Townsend, 2017, "A new trick for calculating Jacobian vector products".

    ```python
    >>> [float(y) for y in jvp_flat(lambda x: [x[0] * x[0]], [3.0], [10.0])]
    [9.0, 60.0]

    ```
    """
    check_tangents(function, primals, tangents)
    outputs = list(function(list(primals)))
    varying = [i for i, y in enumerate(outputs) if _varies(dtype_of(y))]
    changes = [zeros_like(y) for y in outputs]

    def along(cotangents: list[Any]) -> Any:
        every = list(changes)
        for i, cotangent in zip(varying, cotangents, strict=True):
            every[i] = cotangent
        return _paired(vjp_flat(function, primals, every)[len(outputs) :], tangents)

    _, found = autodiff().value_and_grad(along, [changes[i] for i in varying])
    for i, change in zip(varying, found, strict=True):
        changes[i] = change
    return [*outputs, *changes]


def _paired(outputs: Sequence[Any], cotangents: Sequence[Any]) -> Any:
    """The real number whose gradient with respect to the outputs are the cotangents."""
    found = None
    for y, cotangent in zip(outputs, cotangents, strict=True):
        if _varies(dtype_of(y)):
            # The number itself is of no use, so that its dtype may be a narrow one.
            term = cast(sum(real(multiply(y, conj(cotangent)))), "float32")
            found = term if found is None else add(found, term)
    return zeros(()) if found is None else found
