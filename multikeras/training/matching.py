"""Names for the outputs of a model."""

from __future__ import annotations

from typing import Any

from multikeras.dtypes import lattice
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops._values import argument_spec


def by_output(y_pred: Any, output_names: list[str] | None) -> tuple[list[Any], list[str], bool]:
    """The predictions, flat, with their names: keys of a dict, names of a graph's outputs, or numbers.

    Returns:
        Predictions, names, and whether there is only one.
    """
    predictions = flatten(y_pred)
    if isinstance(y_pred, dict) and len(y_pred) == len(predictions):
        names = [str(k) for k in y_pred]
    elif output_names is not None and len(output_names) == len(predictions):
        names = list(output_names)
    else:
        names = [f"output_{i}" for i in range(len(predictions))]
    return predictions, names, len(predictions) == 1


def without_values(tree: Any) -> Any:
    """Nested symbolic tensors with the shapes and dtypes of nested tensors; `None` stays."""

    def symbolic(x: Any) -> Any:
        if x is None:
            return None
        spec = argument_spec(x, None)
        return KerasTensor(spec.shape, lattice.strong(spec.dtype))

    return map_structure(symbolic, tree)
