"""Functions of float32 numbers, computed in float64 by one short formula for all of them: no choice, over which
processors stumble.

The quotients of polynomials are least-squares fits, in Chebyshev points weighted until the largest relative error was
least: below 6e-9, a tenth of what float32 rounds off.
"""

from __future__ import annotations

import numpy as np

from multikeras_numpy.kernels.blocks import Kernel, blockwise, ratio

# erf(x) / x by the square of x, up to 4 in size, where erf is 1.
_ERF = (
    (
        -1.3201835297824178e-08,
        4.684689822603949e-06,
        3.7960657090371764e-04,
        3.849643771094856e-03,
        5.431697577100962e-02,
        0.18520421757034392,
        1.128379169376144,
    ),
    (
        6.310976547395501e-05,
        1.3075734118209422e-03,
        1.546214638527945e-02,
        0.11395876774820432,
        0.4974663780955356,
        1.0,
    ),
)
# exp(y ** 2) erfc(y) for y from 0 to 10.6, where erfc(y) is 0.
_SCALED_ERFC = (
    (
        -4.9226353039486516e-08,
        0.028400193655670827,
        0.2073250670035182,
        0.684374506509624,
        1.1914374923145956,
        1.000000002328586,
    ),
    (
        0.050334129097262904,
        0.36755036694262977,
        1.237322235262694,
        2.3020033157159756,
        2.31981690763751,
        1.0,
    ),
)
# erfinv(x) / x by w = -log(1 - x ** 2) up to 6.25, and by its root beyond.
_NEAR = 6.25
_ERFINV = (
    (
        1.1064970254926623e-05,
        4.1913181531562594e-04,
        5.861116174534358e-03,
        4.9472236602716026e-02,
        0.27925442639372766,
        0.8862269261693799,
    ),
    (1.1824395451344907e-04, 1.0051222427421246e-03, 2.883582761703324e-02, 5.3305522811780186e-02, 1.0),
)
_ERFINV_FAR = (
    (-0.1474648318659135, 0.8707198820835885, -1.8822601719931185, 1.5291182979332936, -0.34672292675023036),
    (-2.0855006701552277e-04, -0.1420620859098479, 0.8041976375141401, -1.595273911822473, 1.0),
)


def erf(x: np.ndarray, out: np.ndarray) -> None:
    """The error function, a kernel for `blockwise`."""
    wide = np.minimum(np.maximum(x, np.float32(-4)), np.float32(4)).astype(np.float64)
    found = ratio(wide * wide, *_ERF)
    found *= wide
    np.copyto(out, found, casting="same_kind")


def erfc(x: np.ndarray, out: np.ndarray) -> None:
    """`1 - erf(x)`, exact in the tail, a kernel for `blockwise`."""
    wide = np.absolute(x).astype(np.float64)
    np.minimum(wide, 10.6, out=wide)
    found = ratio(wide, *_SCALED_ERFC)
    wide *= wide
    np.negative(wide, out=wide)
    found *= np.exp(wide, out=wide)
    # 2 - erfc(-x) below 0: found itself or its opposite, and 0 or 2.
    sign = np.copysign(1.0, x, out=wide)
    found *= sign
    found += np.subtract(1.0, sign, out=sign)
    np.copyto(out, found, casting="same_kind")


def erfinv(x: np.ndarray, out: np.ndarray) -> None:
    """The inverse of the error function, inf at 1 and nan beyond, a kernel for `blockwise`."""
    wide = x.astype(np.float64)
    rest = 1.0 - wide
    rest *= 1.0 + wide
    with np.errstate(divide="ignore", invalid="ignore"):
        np.log(rest, out=rest)
    np.negative(rest, out=rest)
    found = ratio(np.minimum(rest, _NEAR), *_ERFINV)
    far = np.flatnonzero(rest > _NEAR)
    if far.size:
        beyond = rest[far]
        found[far] = np.where(np.isinf(beyond), np.inf, ratio(np.sqrt(np.minimum(beyond, 20.0)), *_ERFINV_FAR))
    found *= wide
    np.copyto(out, found, casting="same_kind")


# The Bessel function by the square of x up to 8; beyond, times sqrt(x) exp(-x), by 1 / x.
_MEETING = 8.0
_I0 = (
    (
        -8.809551371158649e-11,
        -2.335330975430764e-08,
        -1.8314212636450295e-06,
        2.958719982786808e-05,
        8.110101911048738e-03,
        0.21849910572099301,
        0.9999999997864926,
    ),
    (
        2.7718548059789453e-14,
        -2.3336421080028625e-11,
        9.41864873807578e-09,
        -2.321240317731904e-06,
        3.6032704679843705e-04,
        -3.150089562590665e-02,
        1.0,
    ),
)
_I0_FAR = (
    (-0.33526133622129517, 2.401837094108448, -2.167715879384116, 0.3989422802637235),
    (-1.3537173815084886, 6.645044487152174, -5.55865807309541, 1.0),
)


def i0(x: np.ndarray, out: np.ndarray) -> None:
    """The modified Bessel function of the first kind and order 0, a kernel for `blockwise`."""
    size = np.absolute(x).astype(np.float64)
    near = np.minimum(size, _MEETING)
    near *= near
    found = ratio(near, *_I0)
    far = np.flatnonzero(size > _MEETING)
    with np.errstate(over="ignore", invalid="ignore"):
        if far.size:
            beyond = size[far]
            found[far] = np.exp(beyond) / np.sqrt(beyond) * ratio(1 / beyond, *_I0_FAR)
        np.copyto(out, found, casting="same_kind")


def sinc(x: np.ndarray, out: np.ndarray) -> None:
    """The cardinal sine, a kernel for `blockwise`."""
    phase = x * np.float32(np.pi)
    np.sin(phase, out=out)
    # What stands in the place of 0 / 0.
    zero = np.flatnonzero(x == 0)
    phase[zero] = out[zero] = 1
    out /= phase


def in_single_precision(kernel: Kernel, x: np.ndarray) -> np.ndarray:
    """The result of one of the kernels above on an array of float32 or of smaller floats, in its dtype."""
    return blockwise(kernel, x.astype(np.float32, copy=False)).astype(x.dtype, copy=False)
