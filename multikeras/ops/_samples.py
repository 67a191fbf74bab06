"""Sample inputs of ops: what the conformance suite calls each op with."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

import numpy as np

SPECIAL = [0.0, -0.0, float("inf"), float("-inf"), float("nan")]
"""The floats at which functions are apt to go wrong."""


@dataclasses.dataclass(frozen=True)
class Draw:
    """A tensor drawn from a fixed stream: floats in [low, high), integers and bools likewise.

    Args:
        shape: Its shape.
        low: Least value.
        high: Bound of the values.
        dtype: A dtype that it always has; by default that of the test at hand.
        salt: Makes draws of one shape differ.
    """

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    dtype: str | None = None
    salt: int = 0

    def array(self, dtype: str) -> np.ndarray:
        """The values, in `dtype` unless the draw has its own."""
        from multikeras.dtypes import lattice

        name = self.dtype or dtype
        rng = np.random.default_rng(zlib.crc32(repr((self.shape, self.low, self.high, self.salt)).encode()))
        if name == "bool":
            return rng.integers(0, 2, self.shape).astype(bool)
        if lattice.is_integer(name):
            low = 0 if name.startswith("u") and self.low < 0 else int(np.ceil(self.low))
            return rng.integers(low, max(int(self.high), low) + 1, self.shape).astype(lattice.numpy_dtype(name))
        values = rng.uniform(self.low, self.high, self.shape)
        if name in lattice.COMPLEX:
            values = values + 1j * rng.uniform(self.low, self.high, self.shape)
        return np.asarray(values).astype(lattice.numpy_dtype(name))


def draw(*shape: int, low: float = -2.0, high: float = 2.0, dtype: str | None = None, salt: int = 0) -> Draw:
    """A tensor argument of a case. See `Draw`."""
    return Draw(shape, low, high, dtype, salt)


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """One call of an op.

    Args:
        arguments: Positional arguments; `Draw`s, and plain lists in the place of tensors, become tensors.
        keywords: Keyword arguments.
        dtypes: The dtypes that the case is run in; those of the op's rule by default.
        raises: The error that the call raises, if it does.
        match: A piece of that error's text.
        gradient: Whether the gradient is compared (off at kinks and ties).
        tolerance: Allowed error in units of the result dtype's eps, where the default is too strict.
        unknown_sizes: Whether the number of axes of the result can be told where sizes are unknown.
    """

    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    dtypes: tuple[str, ...] | None = None
    raises: type[Exception] | None = None
    match: str | None = None
    gradient: bool = True
    tolerance: float | None = None
    unknown_sizes: bool = True

    def __repr__(self) -> str:
        parts = [_short(a) for a in self.arguments] + [f"{k}={_short(v)}" for k, v in self.keywords.items()]
        return ", ".join(parts)


def _short(x: Any) -> str:
    if isinstance(x, Draw):
        return f"draw{x.shape}".replace(" ", "")
    if isinstance(x, (list, tuple)) and any(isinstance(e, Draw) for e in x):
        return "[" + ",".join(_short(e) for e in x) + "]"
    return repr(x)


def case(
    *arguments: Any,
    dtypes: tuple[str, ...] | None = None,
    raises: type[Exception] | None = None,
    match: str | None = None,
    gradient: bool = True,
    tolerance: float | None = None,
    unknown_sizes: bool = True,
    **keywords: Any,
) -> Case:
    """One call of an op for the conformance suite. See `Case`."""
    return Case(arguments, keywords, dtypes, raises, match, gradient, tolerance, unknown_sizes)
