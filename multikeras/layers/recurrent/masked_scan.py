"""masked_scan: a step along the second axis of a batch of sequences, some of whose steps are padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras import ops
from multikeras.errors import StructureError
from multikeras.graph.operation import flatten
from multikeras.ops.looping import filled, scan_flat


def _along(mask: Any, ndim: int) -> Any:
    """A mask of shape (batch, 1) as one that goes with a tensor of `ndim` axes."""
    return ops.reshape(mask, (-1,) + (1,) * (ndim - 1)) if ndim != 2 else mask


def masked_scan(
    step: Callable[[Any, Any], tuple[Any, Any]],
    sequences: Any,
    states: list[Any],
    mask: Any,
    output_shape: tuple[Any, ...],
    go_backwards: bool,
    return_sequences: bool,
    zero_output_for_mask: bool,
    unroll: bool,
) -> tuple[Any, Any, list[Any]]:
    """The last output, the outputs of all steps (`None` unless they are asked for) and the last states.

    A masked step leaves the states as they are. Its output is the one of the step before, zeros where there is none.

    Args:
        step: From one step's input and states to its output and the next states.
        sequences: Shape (batch, steps, ...).
        states: Those before the first step.
        mask: Bools of shape (batch, steps), or `None`.
        output_shape: The shape of one step's output.
        go_backwards: Whether the last step comes first.
        return_sequences: Whether the outputs of all steps are asked for.
        zero_output_for_mask: Whether the outputs of masked steps are zeros.
        unroll: Whether a compiled loop is written out.

    Raises:
        StructureError: A step returns more or fewer states than it takes.
    """
    xs = [ops.swapaxes(sequences, 0, 1)]
    if mask is not None:
        xs.append(ops.expand_dims(ops.swapaxes(ops.cast(mask, "bool"), 0, 1), -1))
    if go_backwards:
        xs = [ops.flip(x, 0) for x in xs]
    before = flatten(states)
    # The output before the first step, which a masked step repeats.
    blank = ops.zeros(output_shape, dtype=before[0].dtype)

    def run(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
        given, last = carry[:-1], carry[-1]
        output, after = step(x[0], filled(states, given))
        new = flatten(after)
        if len(new) != len(given):
            raise StructureError(
                "A cell returns as many states as it takes.", received=f"{len(new)} states after {len(given)}"
            )
        if mask is not None:
            new = [ops.where(_along(x[1], s.ndim), s, old) for s, old in zip(new, given, strict=True)]
            kept = _along(x[1], output.ndim)
            output = ops.where(kept, output, ops.zeros_like(output) if zero_output_for_mask else last)
        return [*new, output], [output] if return_sequences else []

    carry, collected = scan_flat(run, [*before, blank], xs, unroll=True if unroll else 1)
    outputs = ops.swapaxes(collected[0], 0, 1) if return_sequences else None
    return carry[-1], outputs, list(filled(states, carry[:-1]))
