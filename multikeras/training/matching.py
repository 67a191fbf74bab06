"""Names for the outputs of a model."""

from __future__ import annotations

from typing import Any

from multikeras.graph.operation import flatten


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
