"""Matches what a graph model is called with to the inputs of its graph."""

from __future__ import annotations

from typing import Any

from multikeras.errors import ShapeError, StructureError
from multikeras.graph.function import compatible_shape
from multikeras.graph.operation import flatten


def match_inputs(model: Any, inputs: Any) -> list[Any]:
    """The tensors for the flat inputs of a graph, in their order.

    A dict is matched by the keys of the graph's own dict, or by the names of the inputs; a list by their written
    order. A last axis of size 1 is added or taken off where only that is amiss.

    Raises:
        StructureError: Inputs are missing or too many.
        ShapeError: One has another shape.
    """
    function = model._function
    flat = flat_inputs(model, inputs)
    matched = []
    for x, known, name, optional in zip(flat, function.inputs, model._input_names, model._optional_inputs, strict=True):
        if x is None:
            if not optional:
                raise StructureError(
                    f"The input {name!r} of the model {model.name!r} is not optional.", received="None"
                )
            matched.append(None)
            continue
        matched.append(_fitted(x, known, name, model))
    return matched


def flat_inputs(model: Any, inputs: Any) -> list[Any]:
    """What is given for each of the flat inputs of a graph, in their order, as it is.

    Raises:
        StructureError: Inputs are missing or too many.
    """
    function = model._function
    if isinstance(inputs, dict):
        return _by_name(model, function.input, inputs)
    flat = flatten(inputs)
    if len(flat) != len(function.inputs):
        raise StructureError(
            f"The model {model.name!r} takes {len(function.inputs)} inputs: {', '.join(model._input_names)}.",
            received=f"{len(flat)} inputs",
        )
    return flat


def _by_name(model: Any, struct: Any, inputs: dict[str, Any]) -> list[Any]:
    names = list(struct) if isinstance(struct, dict) and all(k in inputs for k in struct) else model._input_names
    missing = [n for n, o in zip(names, model._optional_inputs, strict=True) if n not in inputs and not o]
    if missing:
        raise StructureError(
            f"The model {model.name!r} takes the inputs {', '.join(map(repr, names))}.",
            received=f"a dict with the keys {', '.join(map(repr, inputs))}",
            hint=f"add {missing[0]!r}",
        )
    return [inputs.get(n) for n in names]


def _fitted(x: Any, known: Any, name: str, model: Any) -> Any:
    from multikeras import ops

    shape, wanted = tuple(x.shape), known.shape
    if len(shape) == len(wanted) + 1 and shape[-1] == 1:
        x = ops.squeeze(x, axis=-1)
    elif len(shape) == len(wanted) - 1 and wanted[-1] == 1:
        x = ops.expand_dims(x, axis=-1)
    if not compatible_shape(tuple(x.shape), wanted):
        raise ShapeError(
            f"The input {name!r} of the model {model.name!r} has shape {wanted}.", received=f"a tensor of shape {shape}"
        )
    return x
