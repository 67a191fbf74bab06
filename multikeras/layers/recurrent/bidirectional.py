"""Bidirectional: a recurrent layer that runs in both directions."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, StateError, StructureError
from multikeras.graph.operation import flatten
from multikeras.layers.layer import Layer
from multikeras.layers.recurrent.cell_steps import runs_directly
from multikeras.state.scope import name_scope

MERGE_MODES = ("sum", "mul", "ave", "concat", None)


class Bidirectional(Layer):
    """Two copies of a recurrent layer, one of which runs backwards, with their outputs merged.

    Both start with weights of their own. Where outputs of all steps are returned, those of masked steps are zeros.

    Args:
        layer: A recurrent layer, or any layer with the attributes `go_backwards`, `return_sequences`,
            `return_state` and `stateful`.
        merge_mode: How the outputs are merged: "concat", "sum", "mul" or "ave"; `None` returns both.
        weights: First values for the weights: a list, the first half of which is of the forward layer.
        backward_layer: The layer that runs backwards; one like `layer` by default.

    Call:
        sequences: Floats of shape (batch, steps, features).
        initial_state: The states before the first step: those of the forward layer, then those of the backward one.
        mask: Bools of shape (batch, steps). A step that is `False` leaves the states as they are.

    Raises:
        ArgumentError: The layers do not go together, or `merge_mode` is none of these.
        StructureError: There are more or fewer states.

    Source: Schuster and Paliwal, "Bidirectional Recurrent Neural Networks", 1997.

    ```python
    >>> import multikeras as keras
    >>> Bidirectional(keras.layers.LSTM(4))(keras.ops.ones((2, 5, 3))).shape
    (2, 8)

    ```
    """

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        for name, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Layer) and (given is not None or name == "layer"):
                raise ArgumentError(f"`{name}` is a layer.", received=repr(given), hint="keras.layers.LSTM(32)")
        if merge_mode not in MERGE_MODES:
            raise ArgumentError(f"`merge_mode` is one of {MERGE_MODES}.", received=f"merge_mode={merge_mode!r}")
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer, "forward_")
        self.backward_layer = backward_layer
        if backward_layer is None:
            self.backward_layer = _copy(layer, "backward_", go_backwards=True)
        if hasattr(layer, "use_cudnn"):
            # It is no part of a configuration.
            self.forward_layer.use_cudnn = self.backward_layer.use_cudnn = layer.use_cudnn
        _check_pair(self.forward_layer, self.backward_layer)
        for one in (self.forward_layer, self.backward_layer):
            if getattr(one, "zero_output_for_mask", None) is not None:
                one.zero_output_for_mask = one.return_sequences
        self.merge_mode = merge_mode
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec
        self._first_weights = list(weights) if weights else None

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build both layers."""
        for one in (self.forward_layer, self.backward_layer):
            if not one.built:
                with name_scope(self.name):
                    one.build(sequences_shape)
                one.built = True
                one._freeze()
        if self._first_weights is not None:
            half = len(self._first_weights) // 2
            self.forward_layer.set_weights(self._first_weights[:half])
            self.backward_layer.set_weights(self._first_weights[half:])
            self._first_weights = None
        self.built = True

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shape of the outputs, and those of the states."""
        shape = self.forward_layer.compute_output_shape(sequences_shape)
        states: tuple[Any, ...] = ()
        if self.return_state:
            shape, *rest = shape
            states = (*rest, *self.backward_layer.compute_output_shape(sequences_shape)[1:])
        if self.merge_mode is None:
            return (shape, shape, *states)
        if self.merge_mode == "concat":
            shape = (*shape[:-1], shape[-1] * 2)
        return (shape, *states) if self.return_state else tuple(shape)

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """The mask of the steps, where outputs have steps; states have none."""
        found = flatten(mask)[0] if self.return_sequences else None
        states = ()
        if self.return_state:
            states = (None,) * (len(flatten(self.forward_layer.state_size)) * 2)
        if self.merge_mode is None:
            return (found, found, *states)
        return (found, *states) if self.return_state else found

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool | None = None) -> Any:
        """The merged outputs, and the states if they are asked for."""
        forward: dict[str, Any] = {}
        backward: dict[str, Any] = {}
        if initial_state is not None:
            if len(initial_state) % 2:
                raise StructureError(
                    f"The layer {self.name!r} takes as many states for one direction as for the other.",
                    received=f"{len(initial_state)} states",
                )
            half = len(initial_state) // 2
            forward["initial_state"], backward["initial_state"] = initial_state[:half], initial_state[half:]
        if mask is not None:
            forward["mask"] = backward["mask"] = mask
        for layer, arguments in ((self.forward_layer, forward), (self.backward_layer, backward)):
            if layer._call_signature.takes_training:
                arguments["training"] = bool(training)
        ahead = _callable(self.forward_layer)(sequences, **forward)
        back = _callable(self.backward_layer)(sequences, **backward)
        states: tuple[Any, ...] = ()
        if self.return_state:
            states = (*ahead[1:], *back[1:])
            ahead, back = ahead[0], back[0]
        if self.return_sequences:
            back = ops.flip(back, 1)
        if self.merge_mode is None:
            return (ahead, back, *states)
        merged = self._merged(ahead, back)
        return (merged, *states) if self.return_state else merged

    def _merged(self, ahead: Any, back: Any) -> Any:
        if self.merge_mode == "concat":
            return ops.concatenate([ahead, back], axis=-1)
        if self.merge_mode == "mul":
            return ops.multiply(ahead, back)
        total = ops.add(ahead, back)
        return total if self.merge_mode == "sum" else ops.divide(total, 2)

    @property
    def states(self) -> tuple[Any, ...] | None:
        """The variables that keep the states from batch to batch; `None` where none are kept."""
        ahead, back = self.forward_layer.states, self.backward_layer.states
        return (*ahead, *back) if ahead and back else None

    def reset_state(self) -> None:
        """Set the kept states to zeros.

        Raises:
            StateError: None are kept.
        """
        if not self.stateful:
            raise StateError(f"The layer {self.name!r} keeps no states.", hint="stateful=True")
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """`reset_state` by its other name."""
        self.reset_state()

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        from multikeras.saving.serialization import serialize_keras_object

        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize_keras_object(self.forward_layer),
            "backward_layer": serialize_keras_object(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        config = dict(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)


def _copy(layer: Any, prefix: str, **changed: Any) -> Any:
    """A layer like another, with weights of its own."""
    config = {**layer.get_config(), **changed, "name": prefix + layer.name.removeprefix(prefix)}
    return type(layer).from_config(config)


def _callable(layer: Any) -> Any:
    """What to call in the place of a layer. Its masks end here, so that handing them on would be in vain."""
    return layer.call if runs_directly(layer) else layer


def _check_pair(forward: Any, backward: Any) -> None:
    if forward.go_backwards == backward.go_backwards:
        raise ArgumentError(
            "One of the two layers runs backwards.", received=f"go_backwards={forward.go_backwards} for both"
        )
    for name in ("stateful", "return_sequences", "return_state"):
        if getattr(forward, name) != getattr(backward, name):
            raise ArgumentError(
                f"Both layers have the same `{name}`.",
                received=f"{getattr(forward, name)} forwards, {getattr(backward, name)} backwards",
            )
