"""RNN: a cell called for each step of a sequence."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.operation import flatten
from multikeras.layers.layer import Layer
from multikeras.layers.recurrent.cell_steps import cell_step, forget_masks
from multikeras.layers.recurrent.kept_states import KeptStates
from multikeras.layers.recurrent.masked_scan import masked_scan
from multikeras.layers.recurrent.stacked_rnn_cells import (
    StackedRNNCells,
    as_list,
    check_cell,
    output_size_of,
    zero_states,
)
from multikeras.state.scope import name_scope


class RNN(Layer):
    """A cell called for each step of a sequence, every call with the states of the one before.

    Args:
        cell: An object with `call(inputs, states)`, which returns an output and the next states, and `state_size`: an
            integer, or a list of one for each state. It may have `output_size` (the size of the first state by
            default), `get_initial_state(batch_size)` (zeros by default) and a `training` argument. A list of cells is a
            stack of them.
        return_sequences: Whether there is an output for each step; else for the last one alone.
        return_state: Whether the states after the last step are returned too.
        go_backwards: Whether the last step comes first. Outputs then are in that order, too.
        stateful: Whether a batch starts with the states that the batch before ended with.
        unroll: Whether a compiled loop is written out.
        zero_output_for_mask: Whether the outputs of masked steps are zeros; else they are those of the step before.

    Call:
        sequences: Floats of shape (batch, steps, ...).
        initial_state: The states before the first step, each of shape (batch, size); zeros by default.
        mask: Bools of shape (batch, steps). A step that is `False` leaves the states as they are.

    Raises:
        ArgumentError: The cell is none, or a loop of unknown length is to be written out.
        ShapeError: A mask or a state has another shape, or a stateful layer gets a batch of another size.
        StructureError: There are more or fewer states.

    ```python
    >>> import multikeras as keras
    >>> class Sum(keras.Layer):
    ...     state_size = 3
    ...     def call(self, inputs, states):
    ...         return states[0] + inputs, [states[0] + inputs]
    >>> RNN(Sum())(keras.ops.ones((2, 5, 3)))[0].tolist()
    [5.0, 5.0, 5.0]

    ```
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        check_cell(cell)
        super().__init__(**kwargs)
        self.cell: Any = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self._kept: KeptStates | None = None
        size = cell.state_size
        if not isinstance(size, (int, list, tuple)):
            raise ArgumentError("`state_size` is an integer, or a list of them.", received=f"state_size={size!r}")
        self.state_size = [size] if isinstance(size, int) else list(size)

    # -- Shapes -----------------------------------------------------------------------------------------------

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell, and make the states that are kept from batch to batch."""
        if isinstance(self.cell, Layer) and not self.cell.built:
            with name_scope(self.name):
                self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
            self.cell._freeze()
        if self.stateful:
            if self._kept is not None:
                self.reset_state()
            elif sequences_shape[0] is None:
                raise ArgumentError(
                    f"The stateful layer {self.name!r} is built for a known batch size.",
                    received=f"shape {tuple(sequences_shape)}",
                    hint="keras.Input(shape, batch_size=32)",
                )
            else:
                self._kept = KeptStates(self.get_initial_state(sequences_shape[0]), self)
        self.built = True

    def _state_shapes(self, batch: Any) -> list[Any]:
        shape_of = lambda size: (batch, size) if isinstance(size, int) else [shape_of(s) for s in size]  # noqa: E731
        return [shape_of(size) for size in self.state_size]

    def _output_sizes(self) -> tuple[int, ...]:
        size = output_size_of(self.cell)
        return (size,) if isinstance(size, int) else tuple(size)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shape of the outputs, and those of the states."""
        batch, steps = sequences_shape[:2]
        if initial_state_shape is not None:
            # In a graph the states have no other place to be looked at.
            shapes = _flat_shapes(initial_state_shape)
            count = 1 if _is_shape(initial_state_shape) else len(initial_state_shape)
            self._check_states(batch, count, shapes)
        sizes = self._output_sizes()
        shape = (batch, steps, *sizes) if self.return_sequences else (batch, *sizes)
        return (shape, *self._state_shapes(batch)) if self.return_state else shape

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """The mask of the steps, where outputs have steps; states have none."""
        found = flatten(mask)[0] if self.return_sequences else None
        return [found, *(None for _ in flatten(self.state_size))] if self.return_state else found

    # -- States -----------------------------------------------------------------------------------------------

    @property
    def states(self) -> list[Any] | None:
        """The variables that keep the states from batch to batch; `None` where none are kept."""
        return None if self._kept is None else self._kept.variables

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states before the first step, where none are given."""
        return as_list(zero_states(self.cell, batch_size, getattr(self.cell, "compute_dtype", self.compute_dtype)))

    def reset_state(self) -> None:
        """Set the kept states to zeros."""
        if self._kept is not None:
            self._kept.reset()

    def reset_states(self) -> None:
        """`reset_state` by its other name."""
        self.reset_state()

    def _start(self, sequences: Any, given: Any) -> list[Any] | None:
        """The states to start with, `None` for those of the cell."""
        if self.stateful and self._kept is not None:
            self._kept.check(sequences.shape[0], self.name)
            if given is None:
                return self._kept.read()
        if given is None:
            return None
        states = as_list(given)
        self._check_states(sequences.shape[0], len(states), [tuple(x.shape) for x in flatten(states)])
        return states

    def _check_states(self, batch: Any, count: int, shapes: list[tuple[Any, ...]]) -> None:
        """Raise unless states of these shapes, nested in so many entries, are those of the cell."""
        nested = self._state_shapes(batch)
        wanted = _flat_shapes(nested)
        if count != len(nested) or len(shapes) != len(wanted):
            states = f"{len(wanted)} state{'s' if len(wanted) > 1 else ''}"
            raise StructureError(f"Layer {self.name!r} has {states}.", received=f"{len(shapes)}")
        for shape, size in zip(shapes, wanted, strict=True):
            if not _agree(shape, size):
                raise ShapeError(f"A state of layer {self.name!r} has the shape {size}.", received=f"shape {shape}")

    def _checked_mask(self, sequences: Any, mask: Any) -> Any:
        if isinstance(mask, (list, tuple)):
            mask = flatten(mask)[0]
        if mask is None:
            return None
        shape = tuple(mask.shape)
        if len(shape) == 3 and shape[2] == 1:
            mask, shape = ops.squeeze(mask, -1), shape[:2]
        if len(shape) != 2 or not _agree(shape, tuple(sequences.shape[:2])):
            raise ShapeError(
                f"The mask of layer {self.name!r} has one entry for each step of each sequence.",
                received=f"mask of shape {shape} for sequences of shape {tuple(sequences.shape)}",
            )
        return mask

    # -- Calls ------------------------------------------------------------------------------------------------

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """The outputs, and the states if they are asked for."""
        if self.unroll and sequences.shape[1] is None:
            raise ArgumentError(
                f"The layer {self.name!r} is unrolled over a known number of steps.",
                received=f"shape {tuple(sequences.shape)}",
                hint="unroll=False",
            )
        states = self._start(sequences, initial_state)
        mask = None if mask is None else self._checked_mask(sequences, mask)
        last, outputs, states = self.inner_loop(sequences, states, mask, training)
        if self._kept is not None:
            self._kept.store(states)
        output = outputs if self.return_sequences else last
        return (output, *states) if self.return_state else output

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """The last output, the outputs of all steps (`None` unless they are returned) and the last states.

        Args:
            sequences: Floats of shape (batch, steps, ...).
            initial_state: The states before the first step, in a list; `None` for those of the cell.
            mask: Bools of shape (batch, steps), or `None`.
            training: Whether the cell is trained.
        """
        batch = ops.shape(sequences)[0]
        states = self.get_initial_state(batch) if initial_state is None else as_list(initial_state)
        first = sequences[:, 0] if sequences.shape[1] != 0 else ops.zeros((batch, *sequences.shape[2:]))
        try:
            step = cell_step(self.cell, first, states, training)
            return masked_scan(
                step,
                sequences,
                states,
                mask,
                output_shape=(batch, *self._output_sizes()),
                go_backwards=self.go_backwards,
                return_sequences=self.return_sequences,
                zero_output_for_mask=self.zero_output_for_mask,
                unroll=self.unroll,
            )
        finally:
            forget_masks(self.cell)

    # -- Configuration ----------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("return_sequences", "return_state", "go_backwards", "stateful", "unroll"),
            **self._config_of("zero_output_for_mask", "cell"),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        config = dict(config)
        cell = deserialize_keras_object(config.pop("cell"), custom_objects=custom_objects)
        return cls(cell, **config)


def _agree(shape: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    """Whether shapes are equal where both are known."""
    return len(shape) == len(wanted) and all(
        a is None or b is None or a == b for a, b in zip(shape, wanted, strict=True)
    )


def _is_shape(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(s is None or isinstance(s, int) for s in value)


def _flat_shapes(shapes: Any) -> list[tuple[Any, ...]]:
    """The shapes in nested lists of them."""
    return [tuple(shapes)] if _is_shape(shapes) else [s for inner in shapes for s in _flat_shapes(inner)]
