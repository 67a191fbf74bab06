"""Recurrences over whole sequences: the long short-term memory and the gated recurrent unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply, subtract
from multikeras.ops.comparison import where
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import zeros
from multikeras.ops.cumulative import cumsum
from multikeras.ops.indexing import get_item
from multikeras.ops.joining import concatenate, split
from multikeras.ops.looping import scan_flat
from multikeras.ops.nn.sigmoid import sigmoid
from multikeras.ops.products import matmul
from multikeras.ops.reduction import any as any_of
from multikeras.ops.shaping import expand_dims, swapaxes
from multikeras.ops.trigonometry import tanh
from multikeras.ops.turning import flip

# -- Shapes ---------------------------------------------------------------------------------------------------

_TENSORS = ("inputs", "kernel", "recurrent_kernel", "bias")


def _fits(shape: Shape, wanted: Shape) -> bool:
    return len(shape) == len(wanted) and all(
        a is None or b is None or a == b for a, b in zip(shape, wanted, strict=True)
    )


def check_given(inputs: Shape, units: int | None, mask: Any, *states: Any) -> None:
    """Raise unless a mask and states, where given, have the shapes that a batch of sequences asks for.

    Args:
        inputs: The shape of the sequences.
        units: The size of a state.
        mask: Bools, or `None`.
        states: Floats, or `None`.

    Raises:
        ShapeError: One has another shape.
    """
    if mask is not None and not _fits(tuple(mask.shape), tuple(inputs[:2])):
        raise ShapeError(
            "A mask has one entry for each step of each sequence.",
            received=f"mask of shape {tuple(mask.shape)} for inputs of shape {tuple(inputs)}",
        )
    for state in states:
        if state is not None and not _fits(tuple(state.shape), (inputs[0], units)):
            raise ShapeError(
                f"An initial state has a row of {units} for each sequence.",
                received=f"state of shape {tuple(state.shape)} for inputs of shape {tuple(inputs)}",
            )


def check_weights(gates: int, inputs: Any, kernel: Any, recurrent: Any, bias: Any, rows: int = 1) -> None:
    """Raise unless the weights of a recurrence fit its inputs and each other.

    Args:
        gates: How many gates there are.
        inputs: Tensors or specs, like all that follow.
        kernel: Shape (features, gates * units).
        recurrent: Shape (units, gates * units).
        bias: Shape (gates * units,), or (rows, gates * units); `None` for none.
        rows: How many biases there are.

    Raises:
        ShapeError: They don't.
    """
    shape, kernel_shape, recurrent_shape = tuple(inputs.shape), tuple(kernel.shape), tuple(recurrent.shape)
    if len(shape) != 3:
        raise ShapeError("Sequences have three axes: batch, steps and features.", received=f"shape {shape}")
    units = recurrent_shape[0] if recurrent_shape else None
    wide = None if units is None else gates * units
    if not _fits(recurrent_shape, (units, wide)):
        raise ShapeError(
            f"A recurrent kernel has the shape (units, {gates} * units).", received=f"shape {recurrent_shape}"
        )
    if not _fits(kernel_shape, (shape[2], wide)):
        raise ShapeError(
            f"A kernel has the shape (features, {gates} * units).",
            received=f"shape {kernel_shape} for inputs of shape {shape} and a recurrent kernel of {recurrent_shape}",
        )
    if bias is not None and not _fits(tuple(bias.shape), (wide,) if rows == 1 else (rows, wide)):
        raise ShapeError(
            f"A bias has the shape {f'({gates} * units,)' if rows == 1 else f'({rows}, {gates} * units)'}.",
            received=f"shape {tuple(bias.shape)}, {units} units",
        )


def _check(
    gates: int, inputs: Spec, kernel: Spec, recurrent: Spec, bias: Spec | None, rows: int, mask: Any, *states: Any
) -> tuple[Any, str]:
    """The number of units and the dtype."""
    given = [s for s in (inputs, kernel, recurrent, bias, *states) if s is not None]
    for spec in given:
        if spec.dtype in lattice.COMPLEX:
            raise DTypeError("Recurrences take real tensors.", received=str(spec))
    check_weights(gates, inputs, kernel, recurrent, bias, rows)
    units = recurrent.shape[0]
    check_given(inputs.shape, units, mask, *states)
    return units, lattice.to_float(lattice.weak_join({s.dtype for s in given}))


def _output(inputs: Spec, units: Any, dtype: str, return_sequences: bool) -> Spec:
    batch, steps, _ = inputs.shape
    return Spec((batch, steps, units) if return_sequences else (batch, units), dtype)


# -- Parts of both --------------------------------------------------------------------------------------------


def _steps(inputs: Any, kernel: Any, bias: Any, mask: Any, go_backwards: bool) -> list[Any]:
    """What enters each step, steps first: the inputs times the kernel, all in one product, and the mask."""
    projected = matmul(inputs, kernel)
    found = [swapaxes(projected if bias is None else add(projected, bias), 0, 1)]
    if mask is not None:
        found.append(expand_dims(swapaxes(cast(mask, "bool"), 0, 1), -1))
    return [flip(x, 0) for x in found] if go_backwards else found


def _outputs(
    collected: list[Any], state: Any, mask: Any, started: bool, go_backwards: bool, zero_output_for_mask: bool
) -> Any:
    """The outputs: where a step is masked, the one before it or zeros.

    Args:
        collected: The state after each step, steps first; empty where the last output alone is wanted.
        state: The state after the last step.
        mask: See `lstm`.
        started: Whether the state before the first step may be other than zeros.
        go_backwards: See `lstm`.
        zero_output_for_mask: See `lstm`.
    """
    found = swapaxes(collected[0], 0, 1) if collected else state
    if mask is None or not (started or zero_output_for_mask):
        # A state that is kept is the last output already, and zeros before the first one.
        return found
    mask = cast(mask, "bool")
    if collected:
        mask = flip(mask, 1) if go_backwards else mask
        kept = mask if zero_output_for_mask else cumsum(cast(mask, "int32"), 1) > 0
    else:
        kept = get_item(mask, (slice(None), 0 if go_backwards else -1)) if zero_output_for_mask else any_of(mask, 1)
    return where(expand_dims(kept, -1), found, 0.0)


def _walk(inputs: Any, mask: Any, go_backwards: bool) -> list[Any]:
    """For oracles: the steps of each sequence in the order of time, with what their mask says."""
    steps = range(inputs.shape[1])
    valid = np.ones(inputs.shape[:2], bool) if mask is None else np.asarray(mask).astype(bool)
    return [(t, valid[:, t]) for t in (reversed(steps) if go_backwards else steps)]


def _loop(step: Any, states: list[Any], walk: list[Any], sequences: bool, zero_output_for_mask: bool) -> tuple:
    """For oracles: each sequence by itself, row by row."""
    batch, units = states[0].shape
    states = [s.copy() for s in states]
    rows = np.zeros((len(walk), batch, units))
    last = np.zeros((batch, units))
    for position, (t, valid) in enumerate(walk):
        for row in range(batch):
            if valid[row]:
                after = step(row, t, [s[row] for s in states])
                for s, new in zip(states, after, strict=True):
                    s[row] = new
                last[row] = after[0]
            elif zero_output_for_mask:
                last[row] = 0.0
        rows[position] = last
    return (np.swapaxes(rows, 0, 1) if sequences else last, *states)


def _logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


# -- Long short-term memory -----------------------------------------------------------------------------------


@rules.rule("float", casts=(*_TENSORS, "initial_h", "initial_c"))
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
    units, dtype = _check(4, inputs, kernel, recurrent_kernel, bias, 1, mask, initial_h, initial_c)
    state = Spec((inputs.shape[0], units), dtype)
    return _output(inputs, units, dtype, return_sequences), state, state


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
        c = _logistic(z[1]) * state[1] + _logistic(z[0]) * np.tanh(z[2])
        return [_logistic(z[3]) * np.tanh(c), c]

    nothing = np.zeros((len(inputs), units))
    states = [nothing if s is None else s for s in (initial_h, initial_c)]
    return _loop(step, states, _walk(inputs, mask, go_backwards), return_sequences, zero_output_for_mask)


_HOLES = np.array([[False, True, False, True, False], [True, True, True, False, False]])
_NOTHING = np.array([[False] * 5, [True] * 5])
_LSTM = (draw(2, 5, 3), draw(3, 16, salt=1), draw(4, 16, salt=2))
_FLOATS = ("float32", "float64", "float16", "bfloat16")


@composite(
    infer=_lstm_rule,
    reference=_lstm_reference,
    cases=[
        case(*_LSTM, draw(16), tolerance=64),
        case(*_LSTM, dtypes=_FLOATS, tolerance=64, return_sequences=False),
        case(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), dtypes=_FLOATS, tolerance=64),
        case(*_LSTM, draw(16), dtypes=_FLOATS, tolerance=64, go_backwards=True),
        case(*_LSTM, draw(16), mask=_HOLES, dtypes=_FLOATS, tolerance=64),
        case(*_LSTM, draw(16), mask=_NOTHING, dtypes=_FLOATS, tolerance=64, zero_output_for_mask=True),
        case(
            *(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), _HOLES, True),
            dtypes=_FLOATS,
            tolerance=64,
        ),
        case(
            *(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), _HOLES, True, True, True),
            dtypes=_FLOATS,
            tolerance=64,
        ),
        case(
            *(*_LSTM, draw(16), draw(2, 4, salt=3), draw(2, 4, salt=4), _NOTHING, True, False),
            dtypes=_FLOATS,
            tolerance=64,
        ),
        case(
            *(*_LSTM, draw(16), None, None, _HOLES, False, False, True),
            dtypes=_FLOATS,
            tolerance=64,
        ),
        case(draw(2, 0, 3), *_LSTM[1:], draw(16), dtypes=("float32",)),
        case(draw(0, 5, 3), *_LSTM[1:], draw(16), dtypes=("float32",)),
        case(draw(2, 5), *_LSTM[1:], raises=ShapeError, match="three axes"),
        case(draw(2, 5, 3), draw(3, 12), draw(4, 16), raises=ShapeError, match="kernel has the shape"),
        case(draw(2, 5, 3), draw(3, 16), draw(16, 4), raises=ShapeError, match="recurrent kernel has the shape"),
        case(*_LSTM, draw(12), raises=ShapeError, match="bias has the shape"),
        case(*_LSTM, draw(16), draw(1, 4), raises=ShapeError, match="initial state"),
        case(*_LSTM, draw(16), mask=_HOLES[:, :1], raises=ShapeError, match="mask has one entry"),
    ],
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
    xs = _steps(inputs, kernel, bias, mask, go_backwards)
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
    return _outputs(collected, h, mask, started, go_backwards, zero_output_for_mask), h, c


# -- Gated recurrent unit -------------------------------------------------------------------------------------


@rules.rule("float", casts=(*_TENSORS, "initial_h"))
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
    units, dtype = _check(3, inputs, kernel, recurrent_kernel, bias, rows, mask, initial_h)
    return _output(inputs, units, dtype, return_sequences), Spec((inputs.shape[0], units), dtype)


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
        z = _logistic(x[update] + h @ recurrent_kernel[:, update] + inner[update])
        r = _logistic(x[reset] + h @ recurrent_kernel[:, reset] + inner[reset])
        if reset_after:
            candidate = np.tanh(x[new] + r * (h @ recurrent_kernel[:, new] + inner[new]))
        else:
            candidate = np.tanh(x[new] + (r * h) @ recurrent_kernel[:, new])
        return [z * h + (1 - z) * candidate]

    start = np.zeros((len(inputs), units)) if initial_h is None else initial_h
    return _loop(step, [start], _walk(inputs, mask, go_backwards), return_sequences, zero_output_for_mask)


_GRU = (draw(2, 5, 3), draw(3, 12, salt=1), draw(4, 12, salt=2))


@composite(
    infer=_gru_rule,
    reference=_gru_reference,
    cases=[
        case(*_GRU, draw(2, 12), tolerance=64),
        case(*_GRU, dtypes=_FLOATS, tolerance=64, return_sequences=False),
        case(*_GRU, draw(12), dtypes=_FLOATS, tolerance=64, reset_after=False),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), dtypes=_FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), dtypes=_FLOATS, tolerance=64, go_backwards=True),
        case(*_GRU, draw(2, 12), mask=_HOLES, dtypes=_FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), mask=_NOTHING, dtypes=_FLOATS, tolerance=64, zero_output_for_mask=True),
        case(*_GRU, draw(12), draw(2, 4, salt=3), _HOLES, False, True, dtypes=_FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), _HOLES, True, True, dtypes=_FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), _HOLES, True, True, True, True, dtypes=_FLOATS, tolerance=64),
        case(*_GRU, draw(2, 12), draw(2, 4, salt=3), _NOTHING, True, True, False, dtypes=_FLOATS, tolerance=64),
        case(draw(2, 0, 3), *_GRU[1:], draw(2, 12), dtypes=("float32",)),
        case(draw(0, 5, 3), *_GRU[1:], draw(2, 12), dtypes=("float32",)),
        case(draw(2, 5), *_GRU[1:], raises=ShapeError, match="three axes"),
        case(draw(2, 5, 3), draw(3, 16), draw(4, 12), raises=ShapeError, match="kernel has the shape"),
        case(*_GRU, draw(12), raises=ShapeError, match="bias has the shape"),
        case(*_GRU, draw(2, 12), reset_after=False, raises=ShapeError, match="bias has the shape"),
        case(*_GRU, draw(2, 12), draw(3, 4), raises=ShapeError, match="initial state"),
        case(*_GRU, draw(2, 12), mask=_HOLES[:1], raises=ShapeError, match="mask has one entry"),
    ],
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
    xs = _steps(inputs, kernel, outer, mask, go_backwards)
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
    return _outputs(collected, h, mask, initial_h is not None, go_backwards, zero_output_for_mask), h
