"""What Autograd has no gradients of, or not in general: entries picked, spread out, selected and repeated."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from autograd.extend import defvjp, primitive
from autograd.numpy.numpy_vjps import unbroadcast_f
from autograd.tracer import isbox


@primitive
def picked(x: Any, places: np.ndarray) -> Any:
    """The entries at these places of the flattened `x`, in the shape of `places`."""
    return np.ravel(x)[places]


@primitive
def spread(values: Any, places: np.ndarray, shape: Sequence[int]) -> Any:
    """Zeros of a shape, with entries of `values` added at these places of the flattened result."""
    result = np.zeros(shape, values.dtype)
    np.add.at(result.reshape(-1), places, values)
    return result


defvjp(picked, lambda result, x, places: lambda g: spread(g, places, x.shape))
defvjp(spread, lambda result, values, places, shape: lambda g: picked(g, places))


def numbered(shape: Sequence[int]) -> np.ndarray:
    """The places of the entries of a tensor of a shape, each where its entry is."""
    return np.arange(np.prod(shape, dtype=np.intp)).reshape(shape)


def moving(function: Callable) -> Callable:
    """A function of NumPy that does nothing but move entries of its first argument, for boxes too."""

    def run(x: Any, *arguments: Any) -> Any:
        if isbox(x):
            return picked(x, function(numbered(x.shape), *arguments))
        return function(x, *arguments)

    return run


# `x1` where a condition holds, else `x2`: Autograd's own gradients are not summed over axes that were broadcast.
select = primitive(np.where)
defvjp(
    select,
    None,
    lambda result, c, x1, x2: unbroadcast_f(x1, lambda g: select(c, g, np.zeros((), g.dtype))),
    lambda result, c, x1, x2: unbroadcast_f(x2, lambda g: select(c, np.zeros((), g.dtype), g)),
)


# Autograd's own takes no axes in front.
broadcast_to = primitive(np.broadcast_to)
defvjp(broadcast_to, lambda result, x, shape: unbroadcast_f(x, lambda g: g))
