"""Model: a layer that can be trained, evaluated, saved and summarized."""

from __future__ import annotations

import json
from typing import Any

from multikeras.backend.binding import unbound
from multikeras.backend.contract import Backend
from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, NotBuiltError
from multikeras.graph.call import recording
from multikeras.graph.function import Function, compatible_shape
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten, map_structure
from multikeras.layers.input_layer import InputLayer
from multikeras.layers.layer import Layer
from multikeras.models.frozen_graph import frozen_call
from multikeras.models.graph_order import ordered_operations
from multikeras.models.inputs import match_inputs
from multikeras.training.trainer import Trainer


def _is_functional(args: tuple, kwargs: dict[str, Any]) -> bool:
    return len(args) == 2 or (len(args) == 1 and "outputs" in kwargs) or ("inputs" in kwargs and "outputs" in kwargs)


class Model(Trainer):
    """A layer that can be trained, evaluated, saved and summarized.

    Either a graph, `Model(inputs, outputs)`, or a subclass with a `call` of its own. A subclass may also be given a
    graph, by `super().__init__(inputs=..., outputs=...)`.

    Args:
        inputs: Symbolic tensors, in any nesting; dicts and lists keep their written order.
        outputs: Symbolic tensors computed from them.
        name: Its name, made up by default.
        trainable: Whether its variables are trained.
        dtype: The dtype policy.

    Raises:
        ArgumentError: An output does not depend on the inputs alone.

    ```python
    >>> import multikeras as keras
    >>> x = keras.Input((3,))
    >>> model = keras.Model(x, keras.layers.Dense(2)(x))
    >>> model(keras.ops.ones((4, 3))).shape, model.count_params()
    ((4, 2), 8)

    ```
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if unbound(cls) is Model and _is_functional(args, kwargs):
            from multikeras.models.functional import Functional

            return Layer.__new__(Functional, *args, **kwargs)
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        graph = None
        if _is_functional(args, kwargs):
            given = dict(zip(("inputs", "outputs"), args, strict=False))
            inputs = kwargs.pop("inputs", None) if "inputs" in kwargs else given.get("inputs")
            outputs = kwargs.pop("outputs", None) if "outputs" in kwargs else given.get("outputs")
            graph = (inputs, outputs)
        elif args:
            raise ArgumentError(
                "A model takes a graph's inputs and outputs, or nothing.", received=f"{len(args)} arguments"
            )
        Layer.__init__(self, **kwargs)
        self._start_training_state()
        self._function: Function | None = None
        if graph is not None:
            self._set_graph(*graph)

    # -- Graphs -----------------------------------------------------------------------------------------------

    def _set_graph(self, inputs: Any, outputs: Any) -> None:
        """Become the model that computes a graph."""
        function = Function(inputs, outputs, name=self.name)
        fed = [x._keras_history.operation if x._keras_history else None for x in function.inputs]
        for i, layer in enumerate(fed):
            if not isinstance(layer, InputLayer):
                # A tensor from within another graph: cut there, and feed it.
                fed[i] = None
        self._function = function
        self._graph_operations = ordered_operations(function.inputs, function.outputs, fed)
        self._graph_layers = [op for op in self._graph_operations if isinstance(op, Layer)]
        self._input_names = [x.name for x in function.inputs]
        self._optional_inputs = [bool(layer is not None and layer.optional) for layer in fed]
        self.built = True
        self._build_shapes = None
        self._freeze()

    def _freeze(self) -> None:
        super()._freeze()
        graph = self._function is not None and self._direct and type(self).call in _GRAPH_CALLS
        object.__setattr__(self, "_frozen_call", frozen_call(self) if graph else None)

    def _add_context(self, error: Exception, args: tuple, kwargs: dict[str, Any]) -> None:
        if self._frozen_call is not None:
            self._frozen_call.add_context(error)
        super()._add_context(error, args, kwargs)

    def _sublayers(self) -> Any:
        if self._function is not None:
            seen = {id(layer) for layer in self._graph_layers}
            yield from self._graph_layers
            for layer in Layer._sublayers(self):
                if id(layer) not in seen:
                    yield layer
        else:
            yield from Layer._sublayers(self)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The outputs for some inputs. A graph computes them; any other subclass defines its own `call`.

        Args:
            inputs: Tensors, nested like the graph's inputs; also a dict by input name, or a list in their written
                order.
            training: Whether to run in training mode.
            mask: Masks of the inputs.
        """
        function = self._function
        if function is None:
            return Layer.call(self)
        if function._single and mask is None and hasattr(inputs, "ndim"):
            known = function._inputs[0]
            if inputs.ndim == len(known._shape):
                if not compatible_shape(inputs.shape, known._shape):
                    match_inputs(self, inputs)
                return function._run(inputs)
        flat = match_inputs(self, inputs)
        if mask is not None:
            from multikeras.state.masks import set_mask

            for x, m in zip(flat, flatten(mask), strict=True):
                if m is not None:
                    set_mask(x, m)
        return function._run(*flat)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """A graph's outputs carry the masks that its last layers gave them."""
        return None if self._function is not None else previous_mask

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """`KerasTensor`s with the shapes and dtypes of the outputs."""
        function = self._function
        if function is not None and len(args) == 1 and type(self).call is Model.call and recording.layers is None:
            flat = match_inputs(self, args[0])
            if all(
                isinstance(x, KerasTensor) and x.shape == k.shape for x, k in zip(flat, function.inputs, strict=True)
            ):
                return map_structure(lambda x: KerasTensor(x.shape, x.dtype), function.output)
        return super().compute_output_spec(*args, **kwargs)

    @property
    def layers(self) -> list[Layer]:
        """The layers directly inside."""
        return list(self._sublayers())

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs of a graph, flat."""
        return self._graph().inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs of a graph, flat."""
        return self._graph().outputs

    @property
    def input(self) -> Any:
        """The symbolic inputs of a graph, as given."""
        return self._graph().input

    @property
    def output(self) -> Any:
        """The symbolic outputs of a graph, as given."""
        return self._graph().output

    @property
    def input_shape(self) -> Any:
        """The shapes of a graph's inputs."""
        return map_structure(lambda x: x.shape, self.input)

    @property
    def output_shape(self) -> Any:
        """The shapes of a graph's outputs."""
        return map_structure(lambda x: x.shape, self.output)

    @property
    def operations(self) -> list[Any]:
        """What a graph calls, inputs first."""
        self._graph()
        return list(self._graph_operations)

    def _graph(self) -> Function:
        if self._function is None:
            raise NotBuiltError(
                f"The model {self.name!r} has symbolic inputs and outputs when it is a graph.",
                hint="keras.Model(inputs, outputs)",
            )
        return self._function

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its place in `layers`.

        Raises:
            ArgumentError: There is no such layer, or both or none of the arguments are given.
        """
        if (name is None) == (index is None):
            raise ArgumentError("A layer is got by its name or its index.", received=f"name={name!r}, index={index}")
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ArgumentError(f"The model {self.name!r} has {len(layers)} layers.", received=f"index={index}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ArgumentError(
            f"The model {self.name!r} has no such layer.",
            received=f"name={name!r}",
            hint=f"one of {', '.join(layer.name for layer in layers)}",
        )

    def build(self, *shapes: Any, **named: Any) -> None:
        """Make every variable, given the shapes of the inputs; a graph has them already."""
        if self._function is not None or self.built:
            return
        with on_backend(self._backend):
            Layer.build(self, *shapes, **named)
        if len(shapes) == 1:
            self._build_shapes = {self._call_signature.first: shapes[0]}

    @classmethod
    def _builds_by_call(cls) -> bool:
        return cls.build is Model.build

    # -- Moving, saving, showing ------------------------------------------------------------------------------

    def to_backend(self, name: str | Backend) -> Any:
        """An equal model on another backend: the same configuration, the same weights.

        Args:
            name: The backend, by name or as a value.

        Returns:
            A new model; this one stays as it is. It is compiled alike, and has the states of the optimizer, the metrics
            and the seed generators too: training goes on where it was.

        Raises:
            BackendError: The backend cannot be loaded.
            NotSupportedError: The model's configuration cannot be written down.
        """
        from multikeras.models.moving import move

        return move(self, name)

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print a table of the layers, their output shapes and numbers of parameters.

        Args:
            line_length: The table's width, that of the terminal by default.
            positions: Relative positions of the columns' ends.
            print_fn: A function of a string that shows it, `print` by default.
            expand_nested: Whether the layers of models inside are listed too.
            show_trainable: Whether a column says what is trained.
            layer_range: Names, or patterns, of the first and the last layer to list.
        """
        from multikeras.models.summary import print_summary

        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def explain(self, print_fn: Any = None) -> Any:
        """Print which kernels of its framework each layer reaches, and why not a faster one.

        The layers are run once on zeros, outside of training, and the framework is asked what it did.

        Args:
            print_fn: A function of a string that shows the table, `print` by default.

        Returns:
            A row for each layer or op: `layer`, `kind`, `kernels` and `slower_because`.

        Raises:
            NotBuiltError: The model has no variables yet.

        ```python
        >>> import multikeras as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> rows = model.explain(print_fn=lambda text: None)
        >>> rows[0].kind, rows[0].slower_because
        ('Dense', None)

        ```
        """
        from multikeras.models.explain import explain, show

        rows = explain(self)
        show(self, rows, print_fn)
        return rows

    def save(self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
        """Save the whole model: configuration, weights, optimizer state. See `saving.save_model`."""
        from multikeras.saving.saving_api import save_model

        save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None) -> None:
        """Save the weights to a `.weights.h5` file, or to several with an index. See `saving.save_weights`."""
        from multikeras.saving.saving_api import save_weights

        save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Load weights from a `.weights.h5` or `.keras` file."""
        from multikeras.saving.saving_api import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON text; `model_from_json` reads it."""
        from multikeras.saving.serialization import serialize_keras_object

        return json.dumps(serialize_keras_object(self), **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal model."""
        from multikeras.models.functional_config import functional_config

        kind = unbound(type(self))
        if self._function is not None and kind.get_config is Model.get_config and _graph_constructor(kind):
            return functional_config(self)
        return Layer.get_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """The model of a `get_config`."""
        from multikeras.models.functional_config import functional_from_config, is_functional_config

        if is_functional_config(config) and _graph_constructor(unbound(cls)):
            return functional_from_config(cls, config, custom_objects)
        return Layer.from_config.__func__(cls, config)


# The `call`s that compute a graph: a subclass may have one of its own beside its graph.
_GRAPH_CALLS: set[Any] = {Model.call}


def _graph_constructor(kind: type) -> bool:
    """Whether a class is made from inputs and outputs."""
    return kind.__init__ is Model.__init__ or "inputs" in kind.__init__.__code__.co_varnames


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a `Model.to_json`.

    Args:
        json_string: JSON text.
        custom_objects: Classes and functions of your own that it names.

    Raises:
        SerializationError: The text is no model's configuration.
    """
    from multikeras.errors import SerializationError
    from multikeras.saving.serialization import deserialize_keras_object

    try:
        config = json.loads(json_string)
    except ValueError as error:
        raise SerializationError("A model's configuration is JSON text.", received=str(error)) from error
    return deserialize_keras_object(config, custom_objects=custom_objects)
