"""How far to go along a direction, found by evaluating a function there."""

from __future__ import annotations

import math
from collections.abc import Callable

Slice = Callable[[float], tuple[float, float]]
"""The value and the slope of a function at a distance along a direction."""


def backtracking(
    at: Slice, value: float, slope: float, first: float, decrease: float, curvature: float, evaluations: int
) -> float:
    """The first of ever shorter distances at which the value has fallen enough:
    `f(t) <= f(0) + decrease * t * f'(0)`.

    Args:
        at: The function.
        value: Its value at 0.
        slope: Its slope there, below 0.
        first: The distance tried first.
        decrease: The share of the fall that the slope promises.
        curvature: Not used; see `strong_wolfe`.
        evaluations: How many distances are tried at most.

    Returns:
        The distance; 0 if none was good.

    Source: Nocedal, Wright (2006), "Numerical optimization", algorithm 3.1, with the parabola of section 3.5.

    ```python
    >>> backtracking(lambda t: ((t - 0.1) ** 2, 2 * (t - 0.1)), 0.01, -0.2, 1.0, 1e-4, 0.9, 20)
    0.1

    ```
    """
    distance = first
    for _ in range(evaluations):
        found, _ = at(distance)
        if found <= value + decrease * distance * slope:
            return distance
        # The least value of the parabola through what is known, within bounds that a nan does not pass.
        lowest = -slope * distance**2 / (2 * (found - value - slope * distance)) if math.isfinite(found) else math.nan
        distance = lowest if 0.1 * distance <= lowest <= 0.5 * distance else 0.1 * distance
    return 0.0


def strong_wolfe(
    at: Slice, value: float, slope: float, first: float, decrease: float, curvature: float, evaluations: int
) -> float:
    """A distance at which the value has fallen enough and the slope is nearly flat:
    `f(t) <= f(0) + decrease * t * f'(0)` and `|f'(t)| <= curvature * |f'(0)|`.

    Args:
        at: The function.
        value: Its value at 0.
        slope: Its slope there, below 0.
        first: The distance tried first.
        decrease: The share of the fall that the slope promises, above 0.
        curvature: How steep the function may still be, between `decrease` and 1.
        evaluations: How many distances are tried at most.

    Returns:
        The distance. If none was found, the one with the least value of those tried; 0 if that is no gain.

    Source: Nocedal, Wright (2006), "Numerical optimization", algorithms 3.5 and 3.6, eq. 3.59 for the interpolation.

    ```python
    >>> round(strong_wolfe(lambda t: ((t - 3) ** 2, 2 * (t - 3)), 9.0, -6.0, 1.0, 1e-4, 0.1, 20), 6)
    3.0

    ```
    """
    best, least = 0.0, value
    low = (0.0, value, slope)
    high: tuple[float, float, float] | None = None
    distance = first
    for _ in range(evaluations):
        found, steep = at(distance)
        here = (distance, found, steep)
        enough = math.isfinite(found) and found <= value + decrease * distance * slope
        if enough and found < least:
            best, least = distance, found
        if enough and abs(steep) <= -curvature * slope:
            return distance
        if not enough or (found >= low[1] and low[0] > 0):
            high = here
        elif high is None:
            if steep >= 0:
                high, low = low, here
            else:
                # It still falls: further on.
                further = _lowest(low, here)
                low, distance = here, min(max(further, 2 * distance), 10 * distance)
                continue
        else:
            if steep * (high[0] - low[0]) >= 0:
                high = low
            low = here
        width = high[0] - low[0]
        if abs(width) <= 1e-9 * max(abs(high[0]), abs(low[0])):
            break
        distance = _lowest(low, high)
        margin = 0.1 * abs(width)
        inside = min(low[0], high[0]) + margin <= distance <= max(low[0], high[0]) - margin
        if not inside:
            distance = low[0] + 0.5 * width
    return best


def _lowest(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    """Where the cubic polynomial with these values and slopes at two distances is least; nan where it is nowhere."""
    (a, f, f_slope), (b, g, g_slope) = first, second
    if not (math.isfinite(g) and math.isfinite(g_slope)) or a == b:
        return math.nan
    d = f_slope + g_slope - 3 * (f - g) / (a - b)
    square = d * d - f_slope * g_slope
    if square < 0:
        return math.nan
    root = math.copysign(math.sqrt(square), b - a)
    below = g_slope - f_slope + 2 * root
    return b - (b - a) * (g_slope + root - d) / below if below else math.nan
