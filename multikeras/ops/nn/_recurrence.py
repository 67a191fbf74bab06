"""What recurrences over whole sequences share: the shapes they take, and what is around their steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ShapeError
from multikeras.ops.arithmetic import add
from multikeras.ops.comparison import greater, where
from multikeras.ops.conversion import cast, is_tensor
from multikeras.ops.creation import zeros_like
from multikeras.ops.cumulative import cumsum
from multikeras.ops.indexing import get_item
from multikeras.ops.products import matmul
from multikeras.ops.reduction import any as any_of
from multikeras.ops.shaping import expand_dims, swapaxes
from multikeras.ops.turning import flip

# -- Shapes ---------------------------------------------------------------------------------------------------

TENSORS = ("inputs", "kernel", "recurrent_kernel", "bias")


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


def check_specs(
    gates: int, inputs: Spec, kernel: Spec, recurrent: Spec, bias: Spec | None, rows: int, mask: Any, *states: Any
) -> tuple[Any, str]:
    """The number of units and the dtype."""
    given = [s for s in (inputs, kernel, recurrent, bias, *states) if s is not None]
    check_weights(gates, inputs, kernel, recurrent, bias, rows)
    units = recurrent.shape[0]
    check_given(inputs.shape, units, mask, *states)
    return units, lattice.to_float(lattice.weak_join({s.dtype for s in given}))


def output_spec(inputs: Spec, units: Any, dtype: str, return_sequences: bool) -> Spec:
    """The outputs: one for each step, or the last one."""
    batch, steps, _ = inputs.shape
    return Spec((batch, steps, units) if return_sequences else (batch, units), dtype)


# -- Parts of both --------------------------------------------------------------------------------------------


def entering(inputs: Any, kernel: Any, bias: Any, mask: Any, go_backwards: bool) -> list[Any]:
    """What enters each step, steps first: the inputs times the kernel, all in one product, and the mask."""
    projected = matmul(inputs, kernel)
    found = [swapaxes(projected if bias is None else add(projected, bias), 0, 1)]
    if mask is not None:
        found.append(expand_dims(swapaxes(cast(mask, "bool"), 0, 1), -1))
    return [flip(x, 0) for x in found] if go_backwards else found


def outputs_of(
    collected: list[Any],
    state: Any,
    steps: Any,
    mask: Any,
    started: bool,
    go_backwards: bool,
    zero_output_for_mask: bool,
) -> Any:
    """The outputs: where a step is masked, the one before it or zeros.

    Args:
        collected: The state after each step, steps first; empty where the last output alone is wanted.
        state: The state after the last step.
        steps: How many steps there are.
        mask: Bools of shape (batch, steps), or `None`.
        started: Whether the state before the first step may be other than zeros.
        go_backwards: Whether the last step comes first.
        zero_output_for_mask: Whether the outputs of masked steps are zeros.
    """
    found = swapaxes(collected[0], 0, 1) if collected else state
    if started and not collected:
        # Without a step there is no last output.
        if is_tensor(steps):
            found = where(greater(steps, 0), found, 0.0)
        elif steps == 0:
            return zeros_like(found)
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


def walked(inputs: Any, mask: Any, go_backwards: bool) -> list[Any]:
    """For oracles: the steps of each sequence in the order of time, with what their mask says."""
    steps = range(inputs.shape[1])
    valid = np.ones(inputs.shape[:2], bool) if mask is None else np.asarray(mask).astype(bool)
    return [(t, valid[:, t]) for t in (reversed(steps) if go_backwards else steps)]


def looped(step: Any, states: list[Any], walk: list[Any], sequences: bool, zero_output_for_mask: bool) -> tuple:
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


def logistic(x: Any) -> Any:
    """For oracles: `1 / (1 + exp(-x))`."""
    return 1 / (1 + np.exp(-x))


# -- What is put in by the cases of both ----------------------------------------------------------------------

HOLES = np.array([[False, True, False, True, False], [True, True, True, False, False]])
NOTHING = np.array([[False] * 5, [True] * 5])
FLOATS = ("float32", "float64", "float16", "bfloat16")
