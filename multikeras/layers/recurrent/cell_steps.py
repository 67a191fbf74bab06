"""How a recurrent layer calls its cell in each step: what can be decided before the loop is not looked at in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras import ops
from multikeras.errors import StructureError
from multikeras.layers.layer import Layer
from multikeras.layers.recurrent.dropout_cell import DropoutCell
from multikeras.layers.recurrent.stacked_rnn_cells import StackedRNNCells, as_list, output_size_of
from multikeras.state.scope import scopes

Step = Callable[[Any, Any], tuple[Any, Any]]


def cell_step(cell: Any, first: Any, states: Any, training: Any) -> Step:
    """A function from one step's input and states to its output and the states after it.

    Args:
        cell: Any cell.
        first: A tensor like one step's input.
        states: Those before the first step.
        training: Whether the cell is trained.
    """
    direct = runs_directly(cell)
    if direct and isinstance(cell, StackedRNNCells) and type(cell).call is StackedRNNCells.call:
        return _stacked_step(cell, first, states, training)
    if direct and isinstance(cell, DropoutCell) and cell._calls_step:
        masks = cell._draw_masks(first, states[0], training)
        return lambda x, s: cell._step(x, s, masks)
    keywords = {}
    if isinstance(cell, Layer) and cell._call_signature.takes_training:
        keywords["training"] = training
    if isinstance(cell, DropoutCell):
        # Drawn now, since what is made inside a loop does not outlive it.
        cell._kept_masks(first, states[0], training)
    called: Any = cell.call if direct or not callable(cell) else cell  # type: ignore[attr-defined]

    def step(x: Any, s: Any) -> tuple[Any, Any]:
        result = called(x, s, **keywords)
        if not isinstance(result, (list, tuple)) or len(result) != 2:
            raise StructureError(
                "A cell returns two things: an output, and the states after the step.", received=repr(type(result))
            )
        output, after = result
        return output, as_list(after)

    return step


def forget_masks(cell: Any) -> None:
    """Make the next call of a cell, and of those in it, draw new masks."""
    if isinstance(cell, DropoutCell):
        if cell._dropout_mask is not None:
            cell.reset_dropout_mask()
        if cell._recurrent_dropout_mask is not None:
            cell.reset_recurrent_dropout_mask()
    elif isinstance(cell, StackedRNNCells):
        for inner in cell.cells:
            forget_masks(inner)


def runs_directly(cell: Any) -> bool:
    """Whether a call of a layer inside another one's would add nothing to its `call`: it is built, adds no losses, and
    computes in the dtype that is in force."""
    if not isinstance(cell, Layer):
        return False
    casts = cell.compute_dtype if cell._mixed() else None
    return cell.built and cell.activity_regularizer is None and not cell._adds_losses and casts == scopes.autocast


def _stacked_step(stack: StackedRNNCells, first: Any, states: Any, training: Any) -> Step:
    steps: list[Step] = []
    for cell, inner in zip(stack.cells, states, strict=True):
        inner = as_list(inner)
        steps.append(cell_step(cell, first, inner, training))
        size = output_size_of(cell)
        sizes = (size,) if isinstance(size, int) else tuple(size)
        first = ops.zeros((ops.shape(first)[0], *sizes), dtype=first.dtype)

    def step(x: Any, s: Any) -> tuple[Any, Any]:
        after = []
        for inner, given in zip(steps, s, strict=True):
            nested = isinstance(given, (list, tuple))
            x, new = inner(x, given if nested else [given])
            after.append(new if nested else new[0])
        return x, after

    return step
