"""Graphs of models as straight-line code that calls `call` of each layer, and does at no call what was decided before.

What `Layer.__call__` looks at is known once the graph is: backends, dtypes, shapes, which layers add losses, where
there are masks. A graph whose layers change is written anew; see `changes`.
"""

from __future__ import annotations

import weakref
from typing import Any

from multikeras.errors import MultikerasError
from multikeras.graph.function import compatible_shape
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.node import Node
from multikeras.graph.operation import flatten, map_structure
from multikeras.graph.straight_line import StraightLine
from multikeras.layers.base.calling import Calling
from multikeras.layers.layer import Layer
from multikeras.state.masks import get_mask, set_mask


class FrozenGraph(StraightLine):
    """Writes `run(*inputs, training)` for a graph, called where the direct path of the model's own calls is.

    Args:
        model: The model, frozen itself.
    """

    parameters = ("training",)

    def __init__(self, model: Any) -> None:
        function = model._function
        super().__init__(function._inputs, function._outputs_struct, function._nodes)
        self.model = model
        # Names of the variables that hold the masks of tensors, by the tensors.
        self.masks: dict[int, str] = {}
        self.namespace |= {"_get_mask": get_mask, "_set_mask": set_mask}

    def write(self, position: int, node: Node) -> None:
        """A call of the layer's `call`, or of the layer where calls of it do more."""
        layer = node.operation
        if not isinstance(layer, Layer):
            super().write(position, node)
            return
        signature = layer._call_signature
        masked = any(id(x) in self.masks for x in node.input_tensors)
        bound = self._bound(layer, node, masked)
        if bound is None:
            self._write_whole_call(position, node)
            return
        keywords = _without_training(node.kwargs)
        arguments = self.arguments(node, keywords)
        for mask_name, name in signature.mask_of.items():
            if masked and bound.get(mask_name) is None and any(id(x) in self.masks for x in flatten(bound.get(name))):
                arguments += f", {mask_name}={self._masks_of(bound[name])}"
        called = self.constant(layer)
        nested = layer._frozen_call
        if nested is not None and not masked and len(node.args) == 1 and all(v is None for v in keywords.values()):
            self.assign(position, node, f"{self.constant(nested)}({self.rendered(node.args[0])}, training)")
        else:
            if signature.takes_training:
                arguments += f", training={self._training_of(layer, called)}"
            self.assign(position, node, f"{called}.call({arguments})")
        self._write_masks(position, node, layer, bound, masked, called)

    def end(self) -> None:
        """The masks of outputs go with them."""
        for x in flatten(self.outputs):
            if id(x) in self.masks:
                self.line(f"_set_mask({self.names[id(x)]}, {self.masks[id(x)]})")

    def names_of(self, x: KerasTensor) -> list[str]:
        """The tensor and its mask, unless another tensor has the same."""
        mask = self.masks.pop(id(x), None)
        return [self.names[id(x)], *([mask] if mask is not None and mask not in self.masks.values() else [])]

    def _bound(self, layer: Any, node: Node, masked: bool) -> dict[str, Any] | None:
        """The arguments by name, if nothing that a call looks at can differ from what is known now; else `None`."""
        model = self.model
        signature = layer._call_signature
        if (
            type(layer).__call__ is not Calling.__call__
            or not layer.built
            or layer._backend is not model._backend
            or layer._casts is not model._casts
            or node.kwargs.get("training") is not None
            or layer._changes_seen < 0
            or any(inner._adds_losses or inner.activity_regularizer for inner in layer._flatten_layers())
            or (masked and (not layer.supports_masking or any(True for _ in layer._sublayers())))
        ):
            return None
        if not all(self._is_plain(x, layer) for x in node.input_tensors):
            return None
        if not all(isinstance(x, KerasTensor) or type(x) in _STATIC for x in flatten((node.args, node.kwargs))):
            return None
        try:
            bound = signature.bind(node.args, _without_training(node.kwargs))
        except TypeError:
            return None
        return bound if _demands_are_met(layer.input_spec, bound.get(signature.first)) else None

    def _is_plain(self, x: KerasTensor, layer: Any) -> bool:
        try:
            return self.model._backend.tensors.native_dtype(x.dtype) in layer._plain_dtypes
        except MultikerasError:
            return False

    def _training_of(self, layer: Any, called: str) -> str:
        """What `training` is where the caller of the model does not say."""
        default = layer._call_signature.training_default
        return (
            f"(training if training is not None else {self.constant(default)} if {called}._mode is None "
            f"else {called}._mode)"
        )

    def _masks_of(self, value: Any) -> str:
        """The masks of the tensors in an argument, nested like it, as an expression."""
        names = {id(x): self.masks.get(id(x)) for x in flatten(value) if isinstance(x, KerasTensor)}
        if isinstance(value, KerasTensor):
            return names[id(value)] or "None"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.constant(k)}: {self._masks_of(v)}" for k, v in value.items()) + "}"
        if isinstance(value, (list, tuple)):
            inner = ", ".join(map(self._masks_of, value))
            return f"[{inner}]" if isinstance(value, list) else f"({inner},)"
        return "None"

    def _write_masks(
        self, position: int, node: Node, layer: Any, bound: dict[str, Any], masked: bool, called: str
    ) -> None:
        """Keep the masks of a direct call's outputs: those that `call` made, or those handed on."""
        signature = layer._call_signature
        made = [x for x in self.outputs_of(node) if x._keras_mask is not None]
        for i, x in enumerate(made):
            self.masks[id(x)] = f"m{position}_{i}"
            self.line(f"m{position}_{i} = _get_mask({self.names[id(x)]})")
        first = bound.get(signature.first)
        if made or not masked or not any(id(x) in self.masks for x in flatten(first)):
            return
        self.line(f"m{position} = {called}.compute_mask({self.rendered(first)}, {self._masks_of(first)})", node)
        outputs = self.outputs_of(node)
        if len(outputs) == 1:
            self.masks[id(outputs[0])] = f"m{position}"
            return
        names = [f"m{position}_{i}" for i in range(len(outputs))]
        self.namespace["_spread"] = _spread
        self.line(f"{', '.join(names)}, = _spread(m{position}, {len(outputs)})")
        for name, x in zip(names, outputs, strict=True):
            self.masks[id(x)] = name

    def _write_whole_call(self, position: int, node: Node) -> None:
        """The layer is called like from outside; masks go with the tensors themselves."""
        for x in node.input_tensors:
            if id(x) in self.masks:
                self.line(f"_set_mask({self.names[id(x)]}, {self.masks[id(x)]})")
        masked = any(id(x) in self.masks for x in node.input_tensors)
        called, keywords = self.callee(node)
        self.assign(position, node, f"{self.constant(called)}({self.arguments(node, keywords)})")
        for i, x in enumerate(self.outputs_of(node)):
            if masked or x._keras_mask is not None:
                self.masks[id(x)] = f"m{position}_{i}"
                self.line(f"m{position}_{i} = _get_mask({self.names[id(x)]})")


# Types of arguments that are passed on as they are.
_STATIC = frozenset({bool, int, float, str, type(None)})


class FrozenCall:
    """`call(x, training)` of a graph model with one input.

    Args:
        model: The model, whose layers are frozen.
    """

    def __init__(self, model: Any) -> None:
        graph = FrozenGraph(model)
        self.run = graph.compiled()
        graph.model = None
        self._graph = graph
        self._model = weakref.ref(model)
        self._shape = model._function._inputs[0]._shape
        # What comes after the batch, where it is known.
        row = self._shape[1:]
        self._row = row if row and None not in row and self._shape[0] is None else None

    def __call__(self, x: Any, training: bool | None) -> Any:
        shape = x.shape
        if shape[1:] != self._row and not compatible_shape(shape, self._shape):
            from multikeras.models.inputs import match_inputs

            x = match_inputs(self._model(), x)[0]
        return self.run(x, training)

    def add_context(self, error: Exception) -> None:
        """Note on an error raised inside which layer it comes from, and what that was called with."""
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code is self.run.__code__:
                node = self._graph.node_at.get(trace.tb_lineno)
                if node is not None and isinstance(node.operation, Layer):
                    self._describe(error, node, trace.tb_frame.f_locals)
                return
            trace = trace.tb_next

    def _describe(self, error: Exception, node: Node, values: dict[str, Any]) -> None:
        names = self._graph.names
        args, kwargs = map_structure(
            lambda x: values.get(names[id(x)]) if isinstance(x, KerasTensor) else x, (node.args, node.kwargs)
        )
        node.operation._add_context(error, args, kwargs)


def frozen_call(model: Any) -> FrozenCall | None:
    """The frozen call of a model, `None` for one without a graph or with several inputs."""
    function = model._function
    return FrozenCall(model) if function is not None and function._single else None


def _without_training(keywords: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keywords.items() if name != "training"}


def _demands_are_met(demands: Any, first: Any) -> bool:
    """Whether the known sizes of the first argument show that it fulfils the layer's `input_spec`."""
    if demands is None:
        return True
    specs = demands if isinstance(demands, (list, tuple)) else [demands]
    tensors = flatten(first)
    if isinstance(demands, dict) or len(specs) != len(tensors):
        return False
    return all(spec is None or _is_met(spec, x) for spec, x in zip(specs, tensors, strict=True))


def _is_met(spec: Any, x: Any) -> bool:
    if not isinstance(x, KerasTensor):
        return x is None and spec.optional
    known = all(
        size is None or x._shape[axis] is not None for axis, size in spec.axes.items() if -len(x._shape) <= axis
    )
    whole = spec.shape is None or all(a is None or b is not None for a, b in zip(spec.shape, x._shape, strict=False))
    return known and whole


def _spread(masks: Any, count: int) -> list[Any]:
    """The mask of each of several outputs: one mask is that of all."""
    found = flatten(masks)
    return found * count if len(found) == 1 else found
