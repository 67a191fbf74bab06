"""Sums and products of short floats are taken in float32: in their own precision they would lose digits, and NumPy
has no fast kernels for them."""

import functools
from collections.abc import Callable
from typing import Any

from multikeras_template.tensors import cast, types

NARROW = ("bfloat16", "float16", "float8_e4m3fn", "float8_e5m2")


def in_float32(function: Callable) -> Callable:
    """A function of tensors of one dtype, run on float32 in the place of shorter floats."""

    @functools.wraps(function)
    def run(*arguments: Any, **keywords: Any) -> Any:
        name = next(x.dtype.name for x in arguments if isinstance(x, types))
        if name not in NARROW:
            return function(*arguments, **keywords)
        wide = [cast(x, "float32") if isinstance(x, types) and x.dtype.name == name else x for x in arguments]
        result = function(*wide, **keywords)
        return tuple(cast(y, name) for y in result) if isinstance(result, tuple) else cast(result, name)

    return run
