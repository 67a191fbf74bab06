"""Sequential: layers one after another."""

from __future__ import annotations

from typing import Any

from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, NotBuiltError
from multikeras.graph.call import with_history
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.layers.input_layer import InputLayer
from multikeras.layers.layer import Layer
from multikeras.models.model import _GRAPH_CALLS, Model
from multikeras.state.scope import name_scope


class Sequential(Model):
    """A model whose layers are called one after another, each on the output of the one before.

    With an `Input` first it is built at once; else when it is first called.

    Args:
        layers: The layers, in order.
        trainable: Whether its variables are trained.
        name: Its name, made up by default.

    Raises:
        ArgumentError: Something in `layers` is no layer, or two layers have one name.

    ```python
    >>> import multikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> model(keras.ops.ones((4, 3))).shape
    (4, 2)

    ```
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(trainable=trainable, name=name)
        self._stack: list[Layer] = []
        for layer in layers or ():
            self.add(layer, rebuild=False)
        self._maybe_rebuild()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Append a layer.

        Raises:
            ArgumentError: It is no layer, its name is taken, or it is an input that is not first.
        """
        if isinstance(layer, KerasTensor) and layer._keras_history is not None:
            layer = layer._keras_history.operation
        if not isinstance(layer, Layer):
            raise ArgumentError("A Sequential is made of layers.", received=repr(layer), hint="layers.Lambda(function)")
        if any(layer.name == other.name for other in self._stack):
            raise ArgumentError(
                "The layers of a Sequential have names of their own.", received=f"two named {layer.name!r}"
            )
        if isinstance(layer, InputLayer) and self._stack and isinstance(self._stack[0], InputLayer):
            raise ArgumentError(f"The Sequential {self.name!r} has an input already.", received=layer.name)
        if not self._stack and not isinstance(layer, InputLayer) and layer._input_shape_argument is not None:
            with on_backend(self._backend):
                self._stack.append(InputLayer(shape=layer._input_shape_argument))
        self._stack.append(layer)
        if self._bind_attribute is not None:
            self._bind_attribute("_stack", self._stack)
        if rebuild:
            self._maybe_rebuild()
        else:
            self.built = False
            self._function = None

    def pop(self, rebuild: bool = True) -> Layer:
        """Take off the last layer and return it."""
        layer = self._stack.pop()
        if self._bind_attribute is not None:
            self._bind_attribute("_stack", self._stack)
        self.built = False
        self._function = None
        if rebuild:
            self._maybe_rebuild()
        return layer

    def _maybe_rebuild(self) -> None:
        self.built = False
        self._function = None
        if len(self._stack) > 1 and isinstance(self._stack[0], InputLayer):
            self.build(self._stack[0].batch_shape)

    def _sublayers(self) -> Any:
        yield from self._stack

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    def build(self, input_shape: Any = None) -> None:
        """Make every variable, given the shape of the input.

        Args:
            input_shape: The shape with the batch axis; that of the `Input` by default.

        Raises:
            NotBuiltError: No shape is given, and there is no `Input`.
            ArgumentError: There are no layers.
        """
        first = self._stack[0] if self._stack else None
        if input_shape is None:
            if not isinstance(first, InputLayer):
                raise NotBuiltError(
                    f"The Sequential {self.name!r} needs the shape of its input.",
                    hint="model.build((None, ...)), or keras.Input(shape) as the first layer",
                )
            input_shape = first.batch_shape
        if not self.layers:
            raise ArgumentError(f"The Sequential {self.name!r} has no layers.", hint="model.add(layers.Dense(10))")
        if not isinstance(input_shape, (list, tuple)) or any(isinstance(s, (list, tuple)) for s in input_shape):
            self.built = True
            return
        with on_backend(self._backend), name_scope(self.name):
            if not isinstance(first, InputLayer):
                dtype = self._stack[0].compute_dtype
                first = InputLayer(batch_shape=tuple(input_shape), dtype=dtype, name=None)
                self._stack.insert(0, first)
            x = start = first._inbound_nodes[0].outputs
            for layer in self.layers:
                try:
                    x = with_history(layer, x)
                except NotImplementedError:
                    # A layer that cannot be traced symbolically: the model runs layer by layer.
                    self.built = True
                    return
        self._set_graph(start, x)
        self._graph_layers = self._stack
        self._build_shapes = {"inputs": tuple(input_shape)}

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """The output of the last layer."""
        if self._function is not None:
            return Model.call(self, inputs, training=training, mask=mask)
        x = inputs
        for layer in self.layers:
            x = layer(x)
        return x

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for an input shape."""
        if self._function is not None:
            return self._function.compute_output_shape(tuple(input_shape))
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def compute_output_spec(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """`KerasTensor`s with the shapes and dtypes of the outputs."""
        return super().compute_output_spec(inputs, training=training, mask=mask, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal model."""
        from multikeras.saving.serialization import serialize_keras_object

        config = Layer.get_config(self)
        return {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": config["dtype"],
            "layers": [serialize_keras_object(layer) for layer in self._stack],
            **({"build_input_shape": self._build_shapes["inputs"]} if self._build_shapes else {}),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """The model of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        model = cls(name=config.get("name"), trainable=config.get("trainable", True))
        if config.get("dtype") is not None:
            from multikeras.dtypes import policy

            model.dtype_policy = policy.get(config["dtype"])
        for row in config["layers"]:
            model.add(deserialize_keras_object(row, custom_objects=custom_objects), rebuild=False)
        model._maybe_rebuild()
        shape = config.get("build_input_shape")
        if not model.built and shape:
            model.build(tuple(shape))
        return model


_GRAPH_CALLS.add(Sequential.call)
