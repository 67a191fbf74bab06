"""Recurrences as one compiled loop each, also outside of compiled steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.nn import sigmoid

from multikeras import ops
from multikeras.ops.nn._recurrence import check_given, check_weights
from multikeras_jax.ops.nn import cudnn_lstm
from multikeras_jax.table import table

table.takes_tensors_only("lstm", "gru")


def _entering(inputs: Any, kernel: Any, bias: Any) -> tuple[Any, Callable]:
    """What a loop takes of the inputs, steps first, and what makes of one step's the sum that enters its gates.

    A GPU multiplies all steps at once. XLA's loops on the processor are faster with a product in each step (64
    sequences of 40 steps, 64 units, with gradients: 5.4 against 8.7 ms): the products of all steps would be written to
    memory, and read again.
    """
    steps = jnp.swapaxes(inputs, 0, 1)
    add = (lambda z: z) if bias is None else (lambda z: z + bias)
    if jax.default_backend() == "cpu":
        return steps, lambda x: add(x @ kernel)
    return add(steps @ kernel), lambda z: z


def _run(
    step: Callable, states: tuple, x: Any, mask: Any, started: bool, backwards: bool, sequences: bool, zero: bool
) -> tuple:
    """The loop: outputs and last states.

    Args:
        step: From states and one step's input to states, the first of which is the output.
        states: Those before the first step.
        x: The inputs, steps first.
        mask: Bools of shape (batch, steps), or `None`.
        started: Whether the first of `states` may be other than zeros.
        backwards: Whether the last step comes first.
        sequences: Whether there is an output for each step.
        zero: Whether the outputs of masked steps are zeros.
    """
    valid = None if mask is None else jnp.swapaxes(mask, 0, 1).astype(bool)[..., None]

    def masked(before: tuple, given: tuple) -> tuple:
        entry, keep = given
        after = step(before, entry)
        if keep is not None:
            after = tuple(jnp.where(keep, new, old) for new, old in zip(after, before, strict=True))
        return after, after[0] if sequences else None

    last, found = jax.lax.scan(masked, states, (x, valid), reverse=backwards)
    if not sequences:
        found = last[0]
    if valid is not None and (started or zero):
        if backwards:
            valid = jnp.flip(valid, 0)
        if not sequences:
            kept = valid[-1] if zero else valid.any(0)
        else:
            kept = valid if zero else jax.lax.cummax(valid.astype(jnp.int8), 0) > 0
            kept = jnp.flip(kept, 0) if backwards else kept
        found = jnp.where(kept, found, 0)
    if sequences:
        found = jnp.swapaxes(jnp.flip(found, 0) if backwards else found, 0, 1)
    return found, *last


@functools.partial(jax.jit, static_argnums=(7, 8, 9))
def _lstm(
    inputs: Any,
    kernel: Any,
    recurrent: Any,
    bias: Any,
    h: Any,
    c: Any,
    mask: Any,
    backwards: bool,
    sequences: bool,
    zero: bool,
) -> tuple:
    nothing = jnp.zeros((inputs.shape[0], recurrent.shape[0]), inputs.dtype)
    x, entering = _entering(inputs, kernel, bias)

    def step(states: tuple, entry: Any) -> tuple:
        h, c = states
        i, f, g, o = jnp.split(entering(entry) + h @ recurrent, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
        return sigmoid(o) * jnp.tanh(c), c

    states = (nothing if h is None else h, nothing if c is None else c)
    return _run(step, states, x, mask, h is not None, backwards, sequences, zero)


_by_cudnn = functools.partial(jax.jit, static_argnums=(6, 7))(cudnn_lstm.lstm)


@table.implements(ops.lstm)
def lstm(
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
    check_weights(4, inputs, kernel, recurrent_kernel, bias)
    check_given(inputs.shape, recurrent_kernel.shape[0], mask, initial_h, initial_c)
    if inputs.shape[1] == 0:
        return table.composite(ops.lstm)(
            *(inputs, kernel, recurrent_kernel, bias, initial_h, initial_c, mask),
            *(go_backwards, return_sequences, zero_output_for_mask),
        )
    if cudnn_lstm.is_fused(inputs, mask):
        return _by_cudnn(
            *(inputs, kernel, recurrent_kernel, bias, initial_h, initial_c, bool(go_backwards), bool(return_sequences))
        )
    return _lstm(
        *(inputs, kernel, recurrent_kernel, bias, initial_h, initial_c, mask),
        *(bool(go_backwards), bool(return_sequences), bool(zero_output_for_mask)),
    )


@functools.partial(jax.jit, static_argnums=(6, 7, 8, 9))
def _gru(
    inputs: Any,
    kernel: Any,
    recurrent: Any,
    bias: Any,
    h: Any,
    mask: Any,
    after: bool,
    backwards: bool,
    sequences: bool,
    zero: bool,
) -> tuple:
    start = jnp.zeros((inputs.shape[0], recurrent.shape[0]), inputs.dtype) if h is None else h
    outer, inner = (bias[0], bias[1]) if after and bias is not None else (bias, None)
    x, entering = _entering(inputs, kernel, outer)
    gates, candidate = jnp.split(recurrent, [2 * recurrent.shape[0]], axis=1)

    def step(states: tuple, entry: Any) -> tuple:
        (h,) = states
        x_z, x_r, x_n = jnp.split(entering(entry), 3, axis=-1)
        if after:
            y = h @ recurrent if inner is None else h @ recurrent + inner
            y_z, y_r, y_n = jnp.split(y, 3, axis=-1)
            n = jnp.tanh(x_n + sigmoid(x_r + y_r) * y_n)
        else:
            y_z, y_r = jnp.split(h @ gates, 2, axis=-1)
            n = jnp.tanh(x_n + (sigmoid(x_r + y_r) * h) @ candidate)
        z = sigmoid(x_z + y_z)
        return (z * h + (1 - z) * n,)

    return _run(step, (start,), x, mask, h is not None, backwards, sequences, zero)


@table.implements(ops.gru)
def gru(
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
    check_weights(3, inputs, kernel, recurrent_kernel, bias, 2 if reset_after else 1)
    check_given(inputs.shape, recurrent_kernel.shape[0], mask, initial_h)
    if inputs.shape[1] == 0:
        return table.composite(ops.gru)(
            *(inputs, kernel, recurrent_kernel, bias, initial_h, mask, reset_after),
            *(go_backwards, return_sequences, zero_output_for_mask),
        )
    return _gru(
        *(inputs, kernel, recurrent_kernel, bias, initial_h, mask),
        *(bool(reset_after), bool(go_backwards), bool(return_sequences), bool(zero_output_for_mask)),
    )
