"""TensorFlow's kernels by position, and what takes their place where they lack a dtype.

The functions of `tf.raw_ops` are the shortest way to a kernel. They take keywords only; the function that each of them
wraps takes its arguments by position, in half the time.

TensorFlow has kernels for most dtypes, but seldom for bools and never for 8-bit floats. Whether there is one is looked
up before the call, not tried: inside a graph a kernel that is missing shows when the graph runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import tensorflow as tf

FLOAT8 = frozenset({tf.as_dtype("float8_e4m3fn"), tf.as_dtype("float8_e5m2")})
"""What hardly any kernel takes."""

ODD = FLOAT8 | {tf.bool}
"""What kernels for numbers do not take."""

COMPLEX = frozenset({tf.complex64, tf.complex128})
UNSIGNED = frozenset({tf.uint8, tf.uint16, tf.uint32, tf.uint64})
SIGNED = frozenset({tf.int8, tf.int16, tf.int32, tf.int64})
INTEGERS = UNSIGNED | SIGNED
HALVES = frozenset({tf.float16, tf.bfloat16})
FLOATS = HALVES | FLOAT8 | {tf.float32, tf.float64}

_WIDE = {
    tf.bool: tf.int32,
    tf.uint8: tf.int32,
    tf.uint16: tf.int32,
    tf.uint32: tf.int64,
    # The same bits: sums, differences and products are right.
    tf.uint64: tf.int64,
    tf.int8: tf.int32,
    tf.int16: tf.int32,
    tf.float16: tf.float32,
    tf.bfloat16: tf.float32,
    **dict.fromkeys(FLOAT8, tf.float32),
}


def kernel(name: str) -> Callable:
    """The kernel of `tf.raw_ops` with that name, as a function of positional arguments."""
    return inspect.unwrap(getattr(tf.raw_ops, name))


_EAGER = tf.__internal__.EagerTensor  # type: ignore[attr-defined]

cast = kernel("Cast")
identity = kernel("Identity")
not_equal = kernel("NotEqual")


def _identities(dtypes: frozenset) -> frozenset[int]:
    """TensorFlow makes each dtype once, and computes their hashes in Python: this is half of the overhead of an op."""
    return frozenset(map(id, dtypes))


def unary(function: Callable, lacks: frozenset = ODD) -> Callable:
    """A function of one tensor that takes all dtypes.

    Args:
        function: The function.
        lacks: The dtypes that it has no kernel for.
    """
    lacking = _identities(lacks)

    def run(x: Any) -> Any:
        if id(x.dtype) in lacking:
            return in_wide(function, (x,))
        return function(x)

    def try_first(x: Any) -> Any:
        if type(x) is not _EAGER:
            return run(x)
        # At once a missing kernel shows at once, so that the usual dtypes need not be asked for theirs.
        try:
            return function(x)
        except tf.errors.OpError:
            if x.dtype not in lacks:
                raise
            return in_wide(function, (x,))

    # There is no kernel of any kind for 8-bit floats. Those that others lack may exist, and mean something else.
    return try_first if lacks is FLOAT8 else run


def binary(function: Callable, lacks: frozenset = ODD) -> Callable:
    """A function of two tensors of one dtype, or of one and a Python number, that takes all dtypes. See `unary`."""
    lacking = _identities(lacks)

    def run(x1: Any, x2: Any) -> Any:
        if type(x1) is float or type(x1) is int:
            # Kernels tell the dtype by the first argument.
            x1 = tf.constant(x1, x2.dtype)
        if id(x1.dtype) in lacking:
            return in_wide(function, (x1, x2))
        return function(x1, x2)

    return run


def in_wide(function: Callable, arguments: tuple[Any, ...], wide: Any = None) -> Any:
    """The result of a function for a dtype that it has no kernel for, computed in a wider one.

    Args:
        function: The function.
        arguments: Its arguments; the first tensor among them tells the dtype, others of this dtype are widened too.
        wide: The dtype to compute in; by default the least that most kernels take.
    """
    narrow = next(x.dtype for x in arguments if isinstance(x, (tf.Tensor, tf.Variable)))
    wide = wide or _WIDE.get(narrow)
    if wide is None:
        raise TypeError(f"no kernel for {narrow.name}")
    result = function(
        *(cast(x, wide) if isinstance(x, (tf.Tensor, tf.Variable)) and x.dtype is narrow else x for x in arguments)
    )
    return narrowed(result, narrow, wide)


def narrowed(result: Any, narrow: Any, wide: Any) -> Any:
    """Results of a computation on widened tensors in the dtype that these had; other dtypes, as of positions, stay."""
    if isinstance(result, (list, tuple)):
        return [narrowed(x, narrow, wide) for x in result]
    return to(result, narrow) if result.dtype is wide else result


def to(x: Any, dtype: Any) -> Any:
    """`x` in a native dtype, by the kernel alone: bools are what is not 0, 8-bit floats go through float32."""
    if x.dtype is dtype:
        return x
    if dtype is tf.bool:
        if x.dtype in FLOAT8:
            x = cast(x, tf.float32)
        return not_equal(x, tf.zeros((), x.dtype))
    if dtype in FLOAT8 and x.dtype not in FLOATS:
        x = cast(x, tf.float32)
    return cast(x, dtype)
