"""The error function, its complement and its inverse by rational approximations, to within a few ulp of float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

# Cody (1969), table by table: numerators and denominators, highest power first.
_CENTRE = (
    (
        1.85777706184603153e-1,
        3.16112374387056560e0,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_MIDDLE = (
    (
        2.15311535474403846e-8,
        5.64188496988670089e-1,
        8.88314979438837594e0,
        6.61191906371416295e1,
        2.98635138197400131e2,
        8.81952221241769090e2,
        1.71204761263407058e3,
        2.05107837782607147e3,
        1.23033935479799725e3,
    ),
    (
        1.0,
        1.57449261107098347e1,
        1.17693950891312499e2,
        5.37181101862009858e2,
        1.62138957456669019e3,
        3.29079923573345963e3,
        4.36261909014324716e3,
        3.43936767414372164e3,
        1.23033935480374942e3,
    ),
)
_TAIL = (
    (
        1.63153871373020978e-2,
        3.05326634961232344e-1,
        3.60344899949804439e-1,
        1.25781726111229246e-1,
        1.60837851487422766e-2,
        6.58749161529837803e-4,
    ),
    (
        1.0,
        2.56852019228982242e0,
        1.87295284992346725e0,
        5.27905102951428412e-1,
        6.05183413124413191e-2,
        2.33520497626869185e-3,
    ),
)
_ONE_OVER_SQRT_PI = 0.56418958354775628695

# Wichura (1988), routine PPND16, highest power first.
_INVERSE_CENTRE = (
    (
        2509.0809287301226727,
        33430.575583588128105,
        67265.770927008700853,
        45921.953931549871457,
        13731.693765509461125,
        1971.5909503065514427,
        133.14166789178437745,
        3.3871328727963666080,
    ),
    (
        5226.4952788528545610,
        28729.085735721942674,
        39307.895800092710610,
        21213.794301586595867,
        5394.1960214247511077,
        687.18700749205790830,
        42.313330701600911252,
        1.0,
    ),
)
_INVERSE_MIDDLE = (
    (
        7.74545014278341407640e-4,
        0.0227238449892691845833,
        0.241780725177450611770,
        1.27045825245236838258,
        3.64784832476320460504,
        5.76949722146069140550,
        4.63033784615654529590,
        1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        0.0151986665636164571966,
        0.148103976427480074590,
        0.689767334985100004550,
        1.67638483018380384940,
        2.05319162663775882187,
        1.0,
    ),
)
_INVERSE_TAIL = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        0.0265321895265761230930,
        0.296560571828504891230,
        1.78482653991729133580,
        5.46378491116411436990,
        6.65790464350110377720,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        0.0148753612908506148525,
        0.136929880922735805310,
        0.599832206555887937690,
        1.0,
    ),
)


def _ratio(x: np.ndarray, polynomials: Sequence[Sequence[float]]) -> np.ndarray:
    numerator, denominator = (np.full_like(x, p[0]) for p in polynomials)
    for a, b in zip(polynomials[0][1:], polynomials[1][1:], strict=True):
        numerator *= x
        numerator += a
        denominator *= x
        denominator += b
    return numerator / denominator


def _centre(x: np.ndarray) -> np.ndarray:
    """`erf(x)` for `|x| <= 0.46875`."""
    return x * _ratio(x * x, _CENTRE)


def _complement(y: np.ndarray) -> np.ndarray:
    """`erfc(y)` for `y > 0.46875`."""
    result = np.zeros_like(y)
    middle = y <= 4
    result[middle] = _ratio(y[middle], _MIDDLE)
    tail = (y > 4) & (y < 27)
    far = y[tail]
    inverse = 1 / (far * far)
    result[tail] = (_ONE_OVER_SQRT_PI - inverse * _ratio(inverse, _TAIL)) / far
    # exp(-y*y) in two factors: the square's rounding error would be magnified otherwise.
    near = np.minimum(y, 27.0)
    coarse = np.trunc(near * 16) / 16
    return result * np.exp(-coarse * coarse) * np.exp(-(near - coarse) * (near + coarse))


def erf(x: Any) -> np.ndarray:
    """Error function of a float64 array.

    Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), 631-637.
    """
    x = np.asarray(x)
    size = np.abs(x)
    result = np.array(x)
    small = size <= 0.46875
    large = size > 0.46875
    result[small] = _centre(x[small])
    result[large] = np.copysign(1 - _complement(size[large]), x[large])
    return result


def erfc(x: Any) -> np.ndarray:
    """`1 - erf(x)` of a float64 array, exact in the tail. See `erf`."""
    x = np.asarray(x)
    size = np.abs(x)
    result = np.array(x)
    small = size <= 0.46875
    large = size > 0.46875
    result[small] = 1 - _centre(x[small])
    tail = _complement(size[large])
    result[large] = np.where(x[large] < 0, 2 - tail, tail)
    return result


def erfinv(x: Any) -> np.ndarray:
    """Inverse error function of a float64 array: inf at 1, nan beyond.

    Source: M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37
    (1988), 477-484; `erfinv(x)` is the point of `(x + 1) / 2` divided by the square root of 2.
    """
    x = np.asarray(x)
    size = np.abs(x)
    result = np.full_like(x, np.nan)
    centre = size <= 0.85
    half = x[centre] / 2
    result[centre] = half * _ratio(0.180625 - half * half, _INVERSE_CENTRE)
    outer = (size > 0.85) & (size < 1)
    r = np.sqrt(-np.log((1 - size[outer]) / 2))
    point = np.where(r <= 5, _ratio(r - 1.6, _INVERSE_MIDDLE), _ratio(r - 5, _INVERSE_TAIL))
    result[outer] = np.copysign(point, x[outer])
    result *= np.sqrt(0.5)
    result[size == 1] = np.copysign(np.inf, x[size == 1])
    return result
