"""Angles: degrees, radians, and those of complex numbers."""

from __future__ import annotations

import math

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply
from multikeras.ops.comparison import less, where
from multikeras.ops.complex_numbers import imag, real
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.finiteness import isnan
from multikeras.ops.trigonometry import arctan2, cos, sin

_CASES = [case(draw(2, 3)), case(draw()), case(draw(0, 2)), case([1, 2]), case([True, False])]
COMPLEX_OF = {"float32": "complex64", "float64": "complex128"}
"""The dtypes of complex numbers by those of their parts."""


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.deg2rad,
    cases=[*_CASES, case(SPECIAL, gradient=False), case([180.0, -90.0, 720.0])],
    real=True,
)
def deg2rad(x: Tensor) -> Tensor:
    """Radians of degrees, entry by entry: `x * pi / 180`.

    Args:
        x: A tensor of any shape and real dtype, in degrees; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in radians.

    ```python
    >>> deg2rad([0.0, 180.0]).tolist()
    [0.0, 3.1415927410125732]

    ```
    """
    return multiply(x, math.pi / 180)


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.rad2deg,
    cases=[*_CASES, case(SPECIAL, gradient=False), case([math.pi, -1.0, 7.0])],
    real=True,
)
def rad2deg(x: Tensor) -> Tensor:
    """Degrees of radians, entry by entry: `x * 180 / pi`.

    Args:
        x: A tensor of any shape and real dtype, in radians; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in degrees.

    ```python
    >>> rad2deg([0.0, 3.0]).tolist()
    [0.0, 171.88734436035156]

    ```
    """
    return multiply(x, 180 / math.pi)


@rules.rule(cast="float")
def _angle_rule(x: Spec) -> Spec:
    return Spec(x.shape, rules.real_part(rules.floating(x.dtype)))


@composite(
    infer=_angle_rule,
    reference=lambda x: np.where(np.isnan(x), np.nan, np.angle(x)),
    cases=[
        *(case(*each.arguments, gradient=False) for each in _CASES),
        case(draw(2, 3, dtype="complex64")),
        case(draw(dtype="complex128")),
        case([1.0, -2.0, float("inf"), float("-inf"), float("nan")], gradient=False),
        case(np.array([1j, -1j, -1.0, complex(-1.0, -0.0), 0.0], "complex64"), gradient=False),
    ],
)
def angle(x: Tensor) -> Tensor:
    """Angle of complex numbers with the positive real axis, entry by entry: `arctan2(imag(x), real(x))`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A real floating tensor of the shape of `x`, in radians from -pi to pi: of real numbers 0, pi below 0, nan for
        nan.

    ```python
    >>> angle([1.0, -1.0]).tolist(), angle(2j).tolist()
    ([0.0, 3.1415927410125732], 1.5707963705062866)

    ```
    """
    if dtype(x) in ("complex64", "complex128"):
        return arctan2(imag(x), real(x))
    # nan stays nan.
    return where(less(x, 0), math.pi, where(isnan(x), x, 0.0))


@rules.rule(cast="float")
def _polar_rule(abs_: Spec, angle: Spec) -> Spec:
    name = rules.floating(rules.common(abs_, angle))
    if name not in COMPLEX_OF:
        raise DTypeError(
            "Complex numbers have parts of float32 or float64.",
            received=f"abs_={abs_}, angle={angle}",
            hint="ops.cast(abs_, 'float32')",
        )
    return Spec(rules.broadcast_shapes(abs_.shape, angle.shape), COMPLEX_OF[name])


@composite(
    infer=_polar_rule,
    reference=lambda abs_, angle: abs_ * np.cos(angle) + 1j * (abs_ * np.sin(angle)),
    cases=[
        case(draw(2, 3, low=0.1), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3), dtypes=("float32", "float64")),
        case([1.0, 2.0], [0.0, math.pi], dtypes=("float32", "float64")),
        case([1, 2], 1),
        case(draw(0), draw(0), dtypes=("float32",)),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
        case(draw(2, dtype="float16"), draw(2, dtype="float16"), raises=DTypeError, match="float32 or float64"),
    ],
)
def polar(abs_: Tensor, angle: Tensor) -> Tensor:
    """Complex numbers of absolute values and angles, entry by entry: `abs_ * (cos(angle) + i sin(angle))`.

    Args:
        abs_: The absolute values: a tensor of float32 or float64; integers are taken as floats.
        angle: The angles in radians, a tensor that broadcasts with it.

    Returns:
        A complex tensor of the common shape: complex64 for float32, complex128 for float64.

    Raises:
        DTypeError: The common dtype is neither.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> polar(2.0, 0.0).tolist()
    (2+0j)

    ```
    """
    name = dtype(abs_)
    if name not in COMPLEX_OF:
        raise DTypeError("float32 or float64", received=name)
    return complex_of(multiply(abs_, cos(angle)), multiply(abs_, sin(angle)))


def complex_of(re: Tensor, im: Tensor) -> Tensor:
    """The complex tensor with these parts, of float32 or float64."""
    name = COMPLEX_OF[dtype(re)]
    return add(cast(re, name), multiply(cast(im, name), 1j))
