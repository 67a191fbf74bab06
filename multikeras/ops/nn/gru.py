"""The gated recurrent unit over whole sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply, subtract
from multikeras.ops.comparison import where
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import zeros
from multikeras.ops.indexing import get_item
from multikeras.ops.joining import concatenate, split
from multikeras.ops.looping import scan_flat
from multikeras.ops.nn._recurrence import (
    FLOATS,
    HOLES,
    NOTHING,
    TENSORS,
    check_given,
    check_specs,
    check_weights,
    entering,
    logistic,
    looped,
    output_spec,
    outputs_of,
    walked,
)
from multikeras.ops.nn.sigmoid import sigmoid
from multikeras.ops.products import matmul
from multikeras.ops.trigonometry import tanh


@rules.rule("float", casts=(*TENSORS, "initial_h"))
def _gru_rule(
    inputs: Spec,
    kernel: Spec,
    recurrent_kernel: Spec,
    bias: Spec | None = None,
    initial_h: Spec | None = None,
    mask: Spec | None = None,
    reset_after: bool = True,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple[Spec, Spec]:
    rows = 2 if reset_after else 1
    units, dtype = check_specs(3, inputs, kernel, recurrent_kernel, bias, rows, mask, initial_h)
    return output_spec(inputs, units, dtype, return_sequences), Spec((inputs.shape[0], units), dtype)


def _gru_reference(
    inputs: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    initial_h: Any = None,
    mask: Any = None,
    reset_after: bool = True,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple:
    units = recurrent_kernel.shape[0]
    outer, inner = (0.0, 0.0) if bias is None else bias if reset_after else (bias, 0.0)
    outer, inner = np.broadcast_to(outer, 3 * units), np.broadcast_to(inner, 3 * units)
    update, reset, new = (slice(n * units, (n + 1) * units) for n in range(3))

    def step(row: int, t: int, state: list[Any]) -> list[Any]:
        h, x = state[0], inputs[row, t] @ kernel + outer
        z = logistic(x[update] + h @ recurrent_kernel[:, update] + inner[update])
        r = logistic(x[reset] + h @ recurrent_kernel[:, reset] + inner[reset])
        if reset_after:
            candidate = np.tanh(x[new] + r * (h @ recurrent_kernel[:, new] + inner[new]))
        else:
            candidate = np.tanh(x[new] + (r * h) @ recurrent_kernel[:, new])
        return [z * h + (1 - z) * candidate]

    start = np.zeros((len(inputs), units)) if initial_h is None else initial_h
    return looped(step, [start], walked(inputs, mask, go_backwards), return_sequences, zero_output_for_mask)


_GRU = (draw(2, 5, 3), draw(3, 12, salt=1), draw(4, 12, salt=2))


@composite(
    infer=_gru_rule,
    reference=_gru_reference,
    cases=[
        case(*_GRU, draw(2, 12), tolerance=64),
        case(*_GRU, dtypes=FLOATS, tolerance=64, return_sequences=False),
        case(*_GRU, draw(12), dtypes=FLOATS, tolerance=64, reset_after=False),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), dtypes=FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), dtypes=FLOATS, tolerance=64, go_backwards=True),
        case(*_GRU, draw(2, 12), mask=HOLES, dtypes=FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), mask=NOTHING, dtypes=FLOATS, tolerance=64, zero_output_for_mask=True),
        case(*_GRU, draw(12), draw(2, 4, salt=3), HOLES, False, True, dtypes=FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), HOLES, True, True, dtypes=FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), HOLES, True, True, True, True, dtypes=FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), NOTHING, True, True, False, dtypes=FLOATS, tolerance=64),
        case(draw(2, 0, 3), *_GRU[1:], draw(2, 12), dtypes=("float32",)),
        case(
            *(draw(2, 0, 3), *_GRU[1:], draw(2, 12), draw(2, 4, salt=3)),
            dtypes=("float32",),
            return_sequences=False,
        ),
        case(draw(0, 5, 3), *_GRU[1:], draw(2, 12), dtypes=("float32",)),
        case(draw(2, 5), *_GRU[1:], raises=ShapeError, match="three axes"),
        case(draw(2, 5, 3), draw(3, 16), draw(4, 12), raises=ShapeError, match="kernel has the shape"),
        case(*_GRU, draw(12), raises=ShapeError, match="bias has the shape"),
        case(*_GRU, draw(2, 12), reset_after=False, raises=ShapeError, match="bias has the shape"),
        case(*_GRU, draw(2, 12), draw(3, 4), raises=ShapeError, match="initial state"),
        case(*_GRU, draw(2, 12), mask=HOLES[:1], raises=ShapeError, match="mask has one entry"),
    ],
    real=True,
)
def gru(
    inputs: Tensor,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor | None = None,
    initial_h: Tensor | None = None,
    mask: Tensor | None = None,
    reset_after: bool = True,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple[Tensor, Tensor]:
    """`h = z * h + (1 - z) * tanh(n)`, step by step, with an update gate `z` and a reset gate `r` in `n`.

    With `x = inputs @ kernel + bias[0]` and `y = h @ recurrent_kernel + bias[1]`, each made of thirds for `z`, `r` and
    `n`: `z = sigmoid(x_z + y_z)`, `r = sigmoid(x_r + y_r)` and `n = x_n + r * y_n`. Where the gate comes before the
    product, `n = x_n + (r * h) @ recurrent_kernel_n`, and there is one bias.

    Args:
        inputs: Sequences, shape (batch, steps, features).
        kernel: Shape (features, 3 * units).
        recurrent_kernel: Shape (units, 3 * units).
        bias: Shape (2, 3 * units), or (3 * units,) where `reset_after` is false; none by default.
        initial_h: The state before the first step, shape (batch, units); zeros by default.
        mask: Bools of shape (batch, steps). A step that is `False` leaves the state as it is; its output is the one of
            the step before, zeros where there is none.
        reset_after: Whether the reset gate comes after the product with the recurrent kernel.
        go_backwards: Whether the last step comes first. Outputs then are in that order, too.
        return_sequences: Whether there is an output for each step; else for the last one alone.
        zero_output_for_mask: Whether the outputs of masked steps are zeros.

    Returns:
        The outputs, of shape (batch, steps, units) or (batch, units), and the last state, of shape (batch, units), of
        the common dtype of the floats.

    Raises:
        DTypeError: A tensor is complex.
        ShapeError: The shapes do not fit together.

    Source:
        Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
        2014, eq. 5 to 8.

    ```python
    >>> import multikeras as keras
    >>> outputs, h = gru(keras.ops.ones((1, 2, 3)), keras.ops.zeros((3, 6)), keras.ops.zeros((2, 6)))
    >>> outputs.shape, h.shape
    ((1, 2, 2), (1, 2))

    ```
    """
    check_weights(3, inputs, kernel, recurrent_kernel, bias, 2 if reset_after else 1)
    units = recurrent_kernel.shape[0]
    check_given(tuple(inputs.shape), units, mask, initial_h)
    outer, inner = bias, None
    if reset_after and bias is not None:
        outer, inner = get_item(bias, 0), get_item(bias, 1)
    xs = entering(inputs, kernel, outer, mask, go_backwards)
    start = initial_h
    if initial_h is None:
        start = zeros((shape_of(inputs)[0], shape_of(recurrent_kernel)[0]), dtype=inputs.dtype)
    gates = candidate = recurrent_kernel
    if not reset_after:
        for_z, for_r, candidate = split(recurrent_kernel, 3, axis=1)
        gates = concatenate([for_z, for_r], axis=1)

    def step(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
        h = carry[0]
        y = matmul(h, gates)
        y = y if inner is None else add(y, inner)
        x_z, x_r, x_n = split(x[0], 3, axis=-1)
        if reset_after:
            y_z, y_r, y_n = split(y, 3, axis=-1)
            n = add(x_n, multiply(sigmoid(add(x_r, y_r)), y_n))
        else:
            y_z, y_r = split(y, 2, axis=-1)
            n = add(x_n, matmul(multiply(sigmoid(add(x_r, y_r)), h), candidate))
        n = tanh(n)
        state = add(n, multiply(sigmoid(add(x_z, y_z)), subtract(h, n)))
        if mask is not None:
            state = where(x[1], state, h)
        return [state], [state] if return_sequences else []

    (h,), collected = scan_flat(step, [start], xs)
    steps, started = shape_of(inputs)[1], initial_h is not None
    return outputs_of(collected, h, steps, mask, started, go_backwards, zero_output_for_mask), h
