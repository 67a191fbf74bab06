"""cuDNN's LSTM, on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp


def is_fused(inputs: Any, mask: Any) -> bool:
    """Whether cuDNN computes this: float32 on a GPU, all steps of which are data."""
    if mask is not None or inputs.dtype != jnp.float32 or 0 in inputs.shape or jax.default_backend() != "gpu":
        return False
    # AMD's GPUs are "gpu" too.
    return "cuda" in jax.devices()[0].client.platform_version.lower()


def lstm(
    x: Any,
    kernel: Any,
    recurrent: Any,
    bias: Any,
    h: Any,
    c: Any,
    backwards: bool,
    sequences: bool,
    run: Callable | None = None,
) -> tuple[Any, Any, Any]:
    """Outputs (or the last one), and the last states.

    Args:
        x: The inputs, of shape (batch, steps, features).
        kernel: Of shape (features, 4 * units); gates are input, forget, candidate and output, as in cuDNN.
        recurrent: Of shape (units, 4 * units).
        bias: Of shape (4 * units), or `None`.
        h: The output before the first step, or `None`.
        c: The memory before the first step, or `None`.
        backwards: Whether the last step comes first.
        sequences: Whether there is an output for each step.
        run: `jax.experimental.rnn.lstm`, or what computes the same.
    """
    if run is None:
        from jax.experimental import rnn

        run = cast(Callable, rnn.lstm)
    batch, steps, features = x.shape
    units = recurrent.shape[0]
    nothing = jnp.zeros((batch, units), x.dtype)
    # Each gate's weights as rows; cuDNN adds a second bias to the first.
    first = jnp.zeros(4 * units, x.dtype) if bias is None else bias
    weights = jnp.concatenate([kernel.T.ravel(), recurrent.T.ravel(), first, jnp.zeros_like(first)])
    outputs, h, c = run(
        jnp.flip(x, 1) if backwards else x,
        (nothing if h is None else h)[None],
        (nothing if c is None else c)[None],
        weights,
        jnp.full(batch, steps, jnp.int32),
        features,
        units,
        1,
        0.0,
        False,
    )
    return outputs if sequences else h[0], h[0], c[0]
