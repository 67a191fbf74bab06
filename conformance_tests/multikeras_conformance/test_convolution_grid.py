"""Convolutions in every combination of window, strides, dilation, groups and padding, over one to three axes.

A kernel that is right in each of them alone may not be in two together, such as strides longer than the window with a
dilation.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from multikeras import ops
from multikeras.backend import Capability, current
from multikeras.ops._op import Op
from multikeras.ops._samples import draw
from multikeras_conformance import calls
from multikeras_conformance.checking import check
from multikeras_conformance.differentiating import assert_gradients, scalar_of
from multikeras_conformance.drawing import DrawnCall

KERNELS = {
    "conv": [(2, 3), (1, 4)],
    "depthwise_conv": [(2, 2)],
    "conv_transpose": [(3, 2)],
}
"""Of each op, the last two sizes of its kernels; there are two channels."""


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("op", [getattr(ops, name).op for name in KERNELS], ids=lambda op: op.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolution_is_the_oracles(op: Op, axes: int, dtype: str) -> None:
    if dtype not in calls.dtypes_held():
        pytest.skip(f"no {dtype}")
    for call in _calls(op, axes, dtype, (1, 5), (1, 3)):
        check(call)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("op", [getattr(ops, name).op for name in KERNELS], ids=lambda op: op.name)
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_gradient_is_that_of_the_oracle(op: Op, axes: int, dtype: str) -> None:
    """A framework may have the kernel without that of its gradient."""
    if dtype not in calls.dtypes_held() or Capability.GRADIENTS not in current().can:
        pytest.skip(f"no gradients of {dtype}")
    rng = np.random.default_rng(6)
    assert_gradients([scalar_of(call, rng) for call in _calls(op, axes, dtype, (4,), (2,))])


def _calls(op: Op, axes: int, dtype: str, sizes: tuple[int, ...], windows: tuple[int, ...]) -> Iterator[DrawnCall]:
    case = op.cases[0]
    for size, taps, stride, rate, padding, last in itertools.product(
        sizes, windows, (1, 2), (1, 2), ("valid", "same"), KERNELS[op.name]
    ):
        bound = op.signature.bind(draw(2, *(size,) * axes, 2), draw(*(taps,) * axes, *last, salt=1))
        bound.arguments.update(strides=stride, padding=padding, dilation_rate=rate)
        yield DrawnCall(op, 0, dtype, dataclasses.replace(case, arguments=bound.args, keywords=bound.kwargs))
