"""What layers ask of the values of data, looked at before a step: inside a compiled one nothing can be raised."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.backend.contract import Backend
from multikeras.errors import MultikerasError
from multikeras.graph.call import called_layers
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.layers.base.call_context import changes
from multikeras.state.scope import StatelessScope
from multikeras.training.matching import without_values
from multikeras.training.unpack import unpack_x_y_sample_weight
from multikeras.tree import flatten_with_path

_KEPT = "data_check"


def data_check(model: Any, kind: str, peek: Callable[[], Any]) -> Callable[[Any, int], None] | None:
    """What looks at each batch and its number, and raises where a layer can't take its values; `None` where no layer
    asks.

    Found out once: by calling the model on symbolic inputs, and listening which layers take these themselves. What is
    on an accelerator is not looked at, which would make the host wait.

    Args:
        model: The model.
        kind: "train", "test" or "predict". A step of a user's own may change the data before it calls the model.
        peek: What returns a batch.
    """
    if model._has_own_step(kind):
        return None
    kept = model._step_functions.get(_KEPT)
    if kept is None or kept[0] != changes.count:
        asking = any(layer._check_data is not None for layer in model._flatten_layers())
        kept = model._step_functions[_KEPT] = changes.count, _check_of(model, peek) if asking else None
    return kept[1]


def _check_of(model: Any, peek: Callable[[], Any]) -> Callable[[Any, int], None] | None:
    readers = _readers(model, peek)
    if not readers:
        return None
    # The model keeps what is made here.
    reference, backend = weakref.ref(model), model._backend

    def check(batch: Any, number: int) -> None:
        x, _, _ = unpack_x_y_sample_weight(batch)
        inputs = _inputs(reference(), x)
        for place, layers in readers.items():
            array = _on_host(inputs.get(place), backend)
            if array is not None:
                for layer in layers:
                    _look(layer, array, number)

    return check


def _on_host(x: Any, backend: Backend) -> np.ndarray | None:
    """The values of an array, or of a tensor that lies in the memory of the host."""
    if isinstance(x, np.ndarray):
        return x
    if not isinstance(x, backend.tensors.types) or backend.devices.device_of(x) != "cpu":
        return None
    return backend.tensors.to_numpy(x)


def _look(layer: Any, array: np.ndarray, number: int) -> None:
    try:
        layer._check_data(array)
    except MultikerasError as error:
        error.add_note(f"in layer {layer.path!r} ({type(layer).__name__})")
        error.add_note(f"in batch {number} of the data, the first being 0")
        raise


def _inputs(model: Any, x: Any) -> dict[Any, Any]:
    """The arrays of `x` by their numbers among a graph's inputs, or else by where they stand in `x`."""
    from multikeras.models.inputs import flat_inputs

    if getattr(model, "_function", None) is None:
        return dict(flatten_with_path(x))
    return dict(enumerate(flat_inputs(model, x)))


def _readers(model: Any, peek: Callable[[], Any]) -> dict[Any, list[Any]]:
    """The layers that check values and are called on an input of a model itself, by the input; see `_inputs`."""
    function = getattr(model, "_function", None)
    if function is None:
        x, _, _ = unpack_x_y_sample_weight(peek())
        given = without_values(x)
        inputs, call, arguments = _inputs(model, given), model, [given]
    else:
        arguments = [KerasTensor(known.shape, known.dtype) for known in function.inputs]
        inputs, call = dict(enumerate(arguments)), function._run
    # Native code in `call` may fail in any way on symbolic tensors: what was called before counts. No variable changes.
    with called_layers() as called, StatelessScope(), contextlib.suppress(Exception):
        call(*arguments)
    asking = [(layer, first) for layer, first in called if layer._check_data is not None]
    found = {place: [layer for layer, first in asking if first is x] for place, x in inputs.items() if x is not None}
    return {place: layers for place, layers in found.items() if layers}
