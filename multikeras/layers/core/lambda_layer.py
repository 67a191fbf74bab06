"""Lambda: a function as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from multikeras.errors import ArgumentError, SerializationError
from multikeras.graph.keras_tensor import KerasTensor, any_symbolic
from multikeras.graph.operation import flatten
from multikeras.layers.base.symbolic import symbolic_inputs
from multikeras.layers.layer import Layer
from multikeras.saving import object_registration as registry
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object
from multikeras.state.masks import set_mask


class Lambda(Layer):
    """`function(inputs, **arguments)`. Variables that the function uses are not the layer's: they are not trained.

    A file names the function, which is registered before loading, or given in `custom_objects`. Code is neither
    written into files nor run from them: a function without a name can't be saved, and where a file of Keras brings
    code, the function that it stands for is given in `custom_objects` under the name of the layer.

    Args:
        function: Called with the inputs; also with `mask` and `training`, if it has such parameters.
        output_shape: The shape of a sample's output, or a function that makes the shape of the output from that of the
            inputs; by default the function is tried on symbolic tensors.
        mask: The mask of the output, or a function that makes it from the inputs and their mask.
        arguments: Keyword arguments of the function.

    Raises:
        ArgumentError: The function is none.

    ```python
    >>> import multikeras as keras
    >>> Lambda(lambda x, power: x**power, arguments={"power": 2})(keras.ops.array([3.0])).tolist()
    [9.0]

    ```
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise ArgumentError("Lambda takes a function.", received=repr(function), hint="Lambda(lambda x: x ** 2)")
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask
        self._output_shape = output_shape
        self.supports_masking = mask is not None
        takes = inspect.getfullargspec(function).args
        self._takes_mask = "mask" in takes
        self._takes_training = "training" in takes

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """What the function returns."""
        if self._output_shape is not None and any_symbolic(flatten(inputs)):
            return symbolic_inputs(self._shape_for(inputs), self.compute_dtype)
        keywords = dict(self.arguments)
        if self._takes_mask:
            keywords["mask"] = mask
        if self._takes_training:
            keywords["training"] = training
        outputs = self.function(inputs, **keywords)
        if self.mask is not None:
            made = self.compute_mask(inputs, mask)
            for x in flatten(outputs):
                set_mask(x, made)
        return outputs

    def _shape_for(self, inputs: Any) -> Any:
        from multikeras.graph.operation import map_structure

        shapes = map_structure(lambda x: x.shape if isinstance(x, KerasTensor) else None, inputs)
        if callable(self._output_shape):
            return self._output_shape(shapes)
        batch = flatten(inputs)[0].shape[0]
        if isinstance(self._output_shape, (list, tuple)) and any(isinstance(s, tuple) for s in self._output_shape):
            return [(batch, *shape) for shape in self._output_shape]
        return (batch, *self._output_shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask that was given, or what its function makes."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer.

        Raises:
            SerializationError: A function has no name.
        """
        config = {**super().get_config(), "function": serialize_keras_object(self.function)}
        if self._output_shape is not None:
            config["output_shape"] = serialize_keras_object(self._output_shape)
        if self.mask is not None:
            config["mask"] = serialize_keras_object(self.mask)
        return {**config, "arguments": serialize_keras_object(self.arguments)}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None, safe_mode: bool | None = None
    ) -> Any:
        """The layer of a `get_config`.

        Args:
            config: The configuration.
            custom_objects: Functions by name.
            safe_mode: Kept for the signature: code of a configuration is never run.

        Raises:
            SerializationError: It brings code, or names a function that is not known.
        """
        config = dict(config)
        with registry.CustomObjectScope(custom_objects or {}):
            for key in ("function", "output_shape", "mask"):
                if config.get(key) is not None:
                    config[key] = cls._function_of(config[key], config.get("name"), key)
            config["arguments"] = deserialize_keras_object(config.get("arguments") or {})
        shape = config.get("output_shape")
        if isinstance(shape, list) and all(s is None or isinstance(s, int) for s in shape):
            config["output_shape"] = tuple(shape)
        return super().from_config(config)

    @staticmethod
    def _function_of(value: Any, layer: Any, key: str) -> Any:
        if not (isinstance(value, dict) and value.get("class_name") == "__lambda__"):
            return deserialize_keras_object(value)
        name = layer if key == "function" else f"{layer}/{key}"
        known = registry.get_registered_object(str(name))
        if known is None:
            raise SerializationError(
                f"Code in a file is not run: the layer {layer!r} (Lambda) brings its `{key}` as Python bytecode.",
                received="a function without a name",
                hint=f"custom_objects={{{name!r}: function}}, with the function written out",
            )
        return known
