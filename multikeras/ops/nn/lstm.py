"""The long short-term memory over whole sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply
from multikeras.ops.comparison import where
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import zeros
from multikeras.ops.joining import split
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


@rules.rule("float", casts=(*TENSORS, "initial_h", "initial_c"))
def _lstm_rule(
    inputs: Spec,
    kernel: Spec,
    recurrent_kernel: Spec,
    bias: Spec | None = None,
    initial_h: Spec | None = None,
    initial_c: Spec | None = None,
    mask: Spec | None = None,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple[Spec, Spec, Spec]:
    units, dtype = check_specs(4, inputs, kernel, recurrent_kernel, bias, 1, mask, initial_h, initial_c)
    state = Spec((inputs.shape[0], units), dtype)
    return output_spec(inputs, units, dtype, return_sequences), state, state


def _lstm_reference(
    inputs: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    initial_h: Any = None,
    initial_c: Any = None,
    mask: Any = None,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple:
    units = recurrent_kernel.shape[0]

    def step(row: int, t: int, state: list[Any]) -> list[Any]:
        z = inputs[row, t] @ kernel + state[0] @ recurrent_kernel + (0 if bias is None else bias)
        z = z.reshape(4, units)
        c = logistic(z[1]) * state[1] + logistic(z[0]) * np.tanh(z[2])
        return [logistic(z[3]) * np.tanh(c), c]

    nothing = np.zeros((len(inputs), units))
    states = [nothing if s is None else s for s in (initial_h, initial_c)]
    return looped(step, states, walked(inputs, mask, go_backwards), return_sequences, zero_output_for_mask)


_LSTM = (draw(2, 5, 3), draw(3, 16, salt=1), draw(4, 16, salt=2))


@composite(
    infer=_lstm_rule,
    reference=_lstm_reference,
    cases=[
        case(*_LSTM, draw(16), tolerance=64),
        case(*_LSTM, dtypes=FLOATS, tolerance=64, return_sequences=False),
        case(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), dtypes=FLOATS, tolerance=64),
        case(*_LSTM, draw(16), dtypes=FLOATS, tolerance=64, go_backwards=True),
        case(*_LSTM, draw(16), mask=HOLES, dtypes=FLOATS, tolerance=64),
        case(*_LSTM, draw(16), mask=NOTHING, dtypes=FLOATS, tolerance=64, zero_output_for_mask=True),
        case(
            *(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), HOLES, True),
            dtypes=FLOATS,
            tolerance=64,
        ),
        case(
            *(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), HOLES, True, True, True),
            dtypes=FLOATS,
            tolerance=64,
        ),
        case(
            *(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), NOTHING, True, False),
            dtypes=FLOATS,
            tolerance=64,
        ),
        case(
            *(*_LSTM, draw(16), None, None, HOLES, False, False, True),
            dtypes=FLOATS,
            tolerance=64,
        ),
        case(draw(2, 0, 3), *_LSTM[1:], draw(16), dtypes=("float32",)),
        case(
            *(draw(2, 0, 3), *_LSTM[1:], draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4)),
            dtypes=("float32",),
            return_sequences=False,
        ),
        case(draw(0, 5, 3), *_LSTM[1:], draw(16), dtypes=("float32",)),
        case(draw(2, 5), *_LSTM[1:], raises=ShapeError, match="three axes"),
        case(draw(2, 5, 3), draw(3, 12), draw(4, 16), raises=ShapeError, match="kernel has the shape"),
        case(draw(2, 5, 3), draw(3, 16), draw(16, 4), raises=ShapeError, match="recurrent kernel has the shape"),
        case(*_LSTM, draw(12), raises=ShapeError, match="bias has the shape"),
        case(*_LSTM, draw(16), draw(1, 4), raises=ShapeError, match="initial state"),
        case(*_LSTM, draw(16), mask=HOLES[:, :1], raises=ShapeError, match="mask has one entry"),
    ],
    real=True,
)
def lstm(
    inputs: Tensor,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor | None = None,
    initial_h: Tensor | None = None,
    initial_c: Tensor | None = None,
    mask: Tensor | None = None,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """`h = sigmoid(o) * tanh(c)` with `c = sigmoid(f) * c + sigmoid(i) * tanh(g)`, step by step, where `i, f, g, o`
    are the quarters of `x @ kernel + h @ recurrent_kernel + bias`.

    Args:
        inputs: Sequences, shape (batch, steps, features).
        kernel: Shape (features, 4 * units).
        recurrent_kernel: Shape (units, 4 * units).
        bias: Shape (4 * units,); none by default.
        initial_h: The state before the first step, shape (batch, units); zeros by default.
        initial_c: The memory before the first step, likewise.
        mask: Bools of shape (batch, steps). A step that is `False` leaves state and memory as they are; its output is
            the one of the step before, zeros where there is none.
        go_backwards: Whether the last step comes first. Outputs then are in that order, too.
        return_sequences: Whether there is an output for each step; else for the last one alone.
        zero_output_for_mask: Whether the outputs of masked steps are zeros.

    Returns:
        The outputs, of shape (batch, steps, units) or (batch, units), the last state and the last memory, of shape
        (batch, units). All have the common dtype of the floats.

    Raises:
        DTypeError: A tensor is complex.
        ShapeError: The shapes do not fit together.

    Source:
        Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; with the forget gate of Gers, Schmidhuber and
        Cummins, "Learning to Forget", 2000.

    ```python
    >>> import multikeras as keras
    >>> outputs, h, c = lstm(keras.ops.ones((1, 2, 3)), keras.ops.zeros((3, 8)), keras.ops.zeros((2, 8)))
    >>> outputs.shape, h.shape, c.shape
    ((1, 2, 2), (1, 2), (1, 2))

    ```
    """
    check_weights(4, inputs, kernel, recurrent_kernel, bias)
    units = recurrent_kernel.shape[0]
    check_given(tuple(inputs.shape), units, mask, initial_h, initial_c)
    xs = entering(inputs, kernel, bias, mask, go_backwards)
    nothing = None
    if initial_h is None or initial_c is None:
        nothing = zeros((shape_of(inputs)[0], shape_of(recurrent_kernel)[0]), dtype=inputs.dtype)

    def step(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
        h, c = carry
        i, f, g, o = split(add(x[0], matmul(h, recurrent_kernel)), 4, axis=-1)
        memory = add(multiply(sigmoid(f), c), multiply(sigmoid(i), tanh(g)))
        state = multiply(sigmoid(o), tanh(memory))
        if mask is not None:
            state, memory = where(x[1], state, h), where(x[1], memory, c)
        return [state, memory], [state] if return_sequences else []

    start = [nothing if initial_h is None else initial_h, nothing if initial_c is None else initial_c]
    (h, c), collected = scan_flat(step, start, xs)
    started = initial_h is not None
    steps = shape_of(inputs)[1]
    return outputs_of(collected, h, steps, mask, started, go_backwards, zero_output_for_mask), h, c
