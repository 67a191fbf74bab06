"""Ops that look at sizes, compiled by torch for sizes that are not known: one trace serves all of them."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras import ops

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("on_torch")

KERNEL = np.random.default_rng(0).normal(size=(3, 3, 3, 4)).astype("float32")

# Functions of images; of each, batch, height and width change.
FUNCTIONS = {
    "conv-same-strides": lambda x: ops.conv(x, KERNEL, strides=2, padding="same"),
    "conv-valid": lambda x: ops.conv(x, KERNEL, padding="valid"),
    "conv-transpose": lambda x: ops.conv_transpose(x, KERNEL.transpose(0, 1, 3, 2), strides=2, padding="same"),
    "depthwise": lambda x: ops.depthwise_conv(x, KERNEL, padding="same"),
    "max-pool-same": lambda x: ops.max_pool(x, 3, strides=2, padding="same"),
    "average-pool-same": lambda x: ops.average_pool(x, 3, strides=2, padding="same"),
    "adaptive-pool": lambda x: ops.adaptive_average_pool(x, 2),
    "pad-reflect": lambda x: ops.pad(x, ((0, 0), (2, 1), (1, 2), (0, 0)), mode="reflect"),
    "pad-symmetric": lambda x: ops.pad(x, ((1, 0), (2, 1), (1, 2), (0, 0)), mode="symmetric"),
    "pad-wrap": lambda x: ops.pad(x, ((0, 0), (2, 1), (1, 2), (0, 0)), mode="wrap"),
    "pad-edge": lambda x: ops.pad(x, 1, mode="edge"),
    "slice": lambda x: ops.slice(x, (0, 1, 1, 0), (2, -1, 3, 3)),
    "slice-update": lambda x: ops.slice_update(x, (0, 1, 1, 0), np.ones((1, 2, 3, 3), "float32")),
    "repeat": lambda x: ops.repeat(x, 2, axis=1),
    "tile": lambda x: ops.tile(x, (1, 2, 1, 1)),
    "roll": lambda x: ops.roll(x, 3, axis=2),
    "reshape": lambda x: ops.reshape(x, (ops.shape(x)[0], -1)),
    "take": lambda x: ops.take(x, [0, -1, 2], axis=1),
    "argmax": lambda x: ops.argmax(ops.reshape(x, (ops.shape(x)[0], -1)), axis=-1),
    "moments": lambda x: ops.moments(x, axes=(0, 1, 2)),
    "layer-normalization": lambda x: ops.layer_normalization(x, axis=-1),
    "softmax-axes": lambda x: ops.softmax(x, axis=(1, 2)),
    "cumsum": lambda x: ops.cumsum(x, axis=1),
    "flip": lambda x: ops.flip(x, axis=(1, 2)),
    "tril": lambda x: ops.tril(x[..., 0]),
    "one-hot": lambda x: ops.one_hot(ops.cast(ops.abs(x[:, 0, :, 0]), "int32") % 5, 5),
    "stack-unstack": lambda x: ops.stack(ops.unstack(x, 3, axis=-1), axis=1),
    "split": lambda x: ops.concatenate(ops.split(x, 3, axis=-1), axis=1),
    "matmul": lambda x: ops.matmul(ops.swapaxes(x[..., 0], 1, 2), x[..., 1]),
    "ones-like": lambda x: ops.ones_like(x) + ops.zeros(ops.shape(x)) + ops.full((*ops.shape(x)[:1], 1, 1, 1), 2.0),
    "made": lambda x: x * ops.arange(3, dtype="float32") + ops.linspace(0.0, 1.0, 3) @ ops.eye(3),
    "lists": lambda x: x * ops.convert_to_tensor([1.0, 2.0, 3.0]) + ops.array([0, 1, 2]),
    "get-item": lambda x: x[:, 1:-1, ::2, None],
}
# Odd ones: borders that "same" adds are even or not, and each kind has a trace.
SHAPES = ((2, 9, 9, 3), (4, 13, 11, 3), (6, 17, 21, 3), (5, 15, 25, 3))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_trace_serves_unknown_sizes(name: str, graphs) -> None:
    """The first sizes make one trace, the second ones another that takes any."""
    function = FUNCTIONS[name]
    compiled = torch.compile(function, backend=graphs, fullgraph=True)
    counts = []
    for shape in SHAPES:
        x = torch.from_numpy(np.random.default_rng(sum(shape)).normal(size=shape).astype("float32"))
        torch.testing.assert_close(compiled(x), function(x))
        counts.append(graphs.frame_count)
    assert counts == [1, 2, 2, 2]
