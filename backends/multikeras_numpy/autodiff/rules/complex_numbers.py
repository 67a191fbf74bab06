"""Parts of complex numbers.

The cotangent of a complex `x = a + ib` is that of `a` less `i` times that of `b`, as in JAX: carried back along a
holomorphic function it is multiplied by the derivative, not by its conjugate.
"""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient

gradient(ops.real, needs="nothing", x=lambda g, y, x: g)
gradient(ops.conj, needs="nothing", x=lambda g, y, x: ops.conj(g))


def _imag(g: Any, y: Any, x: Any) -> Any:
    # The imaginary part of a real number is 0 whatever the number.
    return g * -1j if x.dtype.kind == "c" else None


gradient(ops.imag, needs="nothing", x=_imag)
