"""Layers called on symbolic tensors: the shapes and dtypes of the outputs, recorded as nodes of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.backend.binding import unbound
from multikeras.backend.select import on_backend
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import MixedBackendsError, MultikerasError, NoValueError
from multikeras.graph.call import recording
from multikeras.graph.keras_tensor import KerasTensor, any_symbolic
from multikeras.graph.node import Node
from multikeras.graph.operation import flatten, map_structure
from multikeras.layers.base.call_context import calls
from multikeras.layers.base.call_signature import build_names
from multikeras.layers.base.weights import Weights
from multikeras.state.scope import scopes
from multikeras.state.variable import Variable


class Symbolic(Weights):
    """The side of a layer that takes symbolic tensors."""

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs of a call, recorded as a node."""
        signature = self._call_signature
        given = dict(kwargs)
        if not signature.takes_training:
            given.pop("training", None)
        bound = signature.bind(args, given)
        for tensor in flatten(bound):
            if isinstance(tensor, Variable) and tensor._backend is not self._backend:
                raise MixedBackendsError(f"Layer {self.name!r} belongs to {self.backend}.", received=repr(tensor))
        first = bound.get(signature.first) if signature.first else None
        if recording.layers is not None:
            recording.layers.append((self, first))
        outer = calls.training
        if kwargs.get("training") is not None:
            calls.training = kwargs["training"]
        try:
            self._admit(first, bound)
            with on_backend(self._backend):
                outputs = self.compute_output_spec(*args, **given)
        except Exception as error:
            self._add_context(error, args, kwargs)
            raise
        finally:
            calls.training = outer
        if recording.on:
            Node(self, args, given, outputs)
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """`KerasTensor`s with the shapes and dtypes of the outputs."""
        kind = unbound(type(self))
        if kind.compute_output_shape is not Symbolic.compute_output_shape:
            return self._spec_by_shape(args, kwargs)
        from multikeras.graph.call import without_history

        dtype = self.compute_dtype if self._autocast else None

        def cast(x: Any) -> Any:
            if dtype and isinstance(x, KerasTensor) and lattice.is_float(x.dtype) and x.dtype != dtype:
                return KerasTensor(x.shape, dtype)
            return x

        args, kwargs = map_structure(cast, (args, kwargs))
        before = scopes.autocast
        scopes.autocast = self.compute_dtype if self._mixed() else None
        scopes.refresh()
        try:
            with on_backend(self._backend):
                return without_history(self.call, *args, **kwargs)
        except Exception as error:
            if isinstance(error, MultikerasError) and not isinstance(error, NoValueError):
                raise
            # Native code may fail in any way on symbolic tensors.
            traced = getattr(self._backend.compile, "traced", None)
            if traced is None:
                raise
            return self._traced_spec(traced, args, kwargs)
        finally:
            scopes.autocast = before
            scopes.refresh()

    def _traced_spec(self, traced: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The output's spec as the framework knows it, from a trace of `call`."""

        def call(*tensors: Any) -> Any:
            given = iter(tensors)
            filled = map_structure(lambda x: next(given) if isinstance(x, KerasTensor) else x, (args, kwargs))
            return self.call(*filled[0], **filled[1])

        spec_of = self._backend.tensors.spec_of
        losses = [(layer, layer._losses[:]) for layer in self._flatten_layers()]  # type: ignore[attr-defined]
        try:
            with on_backend(self._backend):
                outputs = traced(
                    call, [Spec(x.shape, x.dtype) for x in flatten((args, kwargs)) if isinstance(x, KerasTensor)]
                )
        finally:
            # Those of a trace have no values either.
            for layer, before in losses:
                layer._losses[:] = before
        return map_structure(lambda x: None if x is None else KerasTensor(*spec_of(x)), outputs)

    def _spec_by_shape(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        bound = self._call_signature.bind(args, kwargs)
        shapes = {
            name: map_structure(lambda x: x.shape if isinstance(x, KerasTensor) else None, value)
            for name, value in bound.items()
            if any_symbolic(flatten(value))
        }
        names = build_names(unbound(type(self)).compute_output_shape)
        if len(names) <= 1:
            result = self.compute_output_shape(next(iter(shapes.values())))
        else:
            result = self.compute_output_shape(**{n: shapes.get(n.removesuffix("_shape")) for n in names})
        return symbolic_inputs(result, self.compute_dtype)

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shapes of the outputs for some input shapes: those of a call on symbolic tensors."""
        inputs = [symbolic_inputs(shape, self.compute_dtype) for shape in args]
        named = {k.removesuffix("_shape"): symbolic_inputs(v, self.compute_dtype) for k, v in kwargs.items()}
        names = self._call_signature.names
        self._ensure_built(dict(zip(names, inputs, strict=False)) | named)
        outputs = Symbolic.compute_output_spec(self, *inputs, **named)
        return map_structure(lambda x: x.shape, outputs)


def symbolic_inputs(shape: Any, dtype: str) -> Any:
    """`KerasTensor`s for nested shapes."""
    if shape is None:
        return None
    if isinstance(shape, dict):
        return {k: symbolic_inputs(v, dtype) for k, v in shape.items()}
    if isinstance(shape, (list, tuple)) and not all(isinstance(s, (int, type(None))) for s in shape):
        return type(shape)(symbolic_inputs(s, dtype) for s in shape)
    return KerasTensor(shape, dtype)
