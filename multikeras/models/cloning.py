"""Cloning models."""

from __future__ import annotations

from typing import Any

from multikeras.backend.binding import unbound
from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError
from multikeras.graph.call import OpCall
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten, map_structure
from multikeras.layers.input_layer import Input, InputLayer


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Any = None,
    call_function: Any = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """A model of equal layers with fresh weights.

    Args:
        model: A graph or sequential model, or a subclass with a configuration.
        input_tensors: Symbolic tensors that the clone of a graph begins with.
        clone_function: A function of a layer that returns the one to put in its place.
        call_function: A function of a cloned layer and its arguments that calls it.
        recursive: Whether `clone_function` is used on models inside too.
        kwargs: None are taken.

    Raises:
        ArgumentError: The arguments go with graph models alone.

    ```python
    >>> import multikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> clone_model(model).count_params()
    8

    ```
    """
    from multikeras.models.sequential import Sequential

    if kwargs:
        raise ArgumentError("clone_model has no such arguments.", received=", ".join(kwargs))
    custom = any(x is not None for x in (input_tensors, clone_function, call_function))

    def clone(layer: Any) -> Any:
        if recursive and getattr(layer, "_function", None) is not None:
            return clone_model(layer, clone_function=clone_function, call_function=call_function, recursive=True)
        if clone_function is not None:
            return clone_function(layer)
        return unbound(type(layer)).from_config(layer.get_config())

    with on_backend(model._backend):
        if not custom and not recursive:
            return unbound(type(model)).from_config(model.get_config())
        if isinstance(model, Sequential):
            if call_function is not None:
                raise ArgumentError("`call_function` goes with graph models.", received=f"a {type(model).__name__}")
            first = [_new_input(flatten(input_tensors)[0])] if input_tensors is not None else []
            kept = [layer for layer in model._stack if not (first and isinstance(layer, InputLayer))]
            cloned = [layer if isinstance(layer, InputLayer) else clone(layer) for layer in kept]
            return Sequential([*first, *cloned], name=model.name, trainable=model.trainable)
        if model._function is None:
            raise ArgumentError("These arguments go with graph and sequential models.", received=type(model).__name__)
        return _clone_graph(model, input_tensors, clone, call_function)


def _new_input(x: KerasTensor) -> Any:
    return Input(batch_shape=x.shape, dtype=x.dtype) if x._keras_history is None else x


def _clone_graph(model: Any, input_tensors: Any, clone: Any, call_function: Any) -> Any:
    function = model._function
    given = flatten(input_tensors) if input_tensors is not None else []
    values: dict[int, Any] = {}
    for i, x in enumerate(function.inputs):
        values[id(x)] = _new_input(given[i]) if given else Input(batch_shape=x.shape, dtype=x.dtype, name=x.name)
    twins: dict[int, Any] = {}
    for node in function._nodes:
        operation = node.operation
        if id(operation) not in twins:
            if isinstance(operation, OpCall):
                twins[id(operation)] = OpCall(operation.op, operation.static)
            else:
                twins[id(operation)] = clone(operation)
        args, kwargs = map_structure(
            lambda x: values.get(id(x), x) if isinstance(x, KerasTensor) else x, (node.args, node.kwargs)
        )
        twin = twins[id(operation)]
        outputs = call_function(twin, *args, **kwargs) if call_function is not None else twin(*args, **kwargs)
        for old, new in zip(node.output_tensors, flatten(outputs), strict=True):
            values[id(old)] = new
    inputs = map_structure(lambda x: values[id(x)], function.input)
    outputs = map_structure(lambda x: values[id(x)], function.output)
    return unbound(type(model))(inputs, outputs, name=model.name)
