"""How a layer makes the variables whose shapes depend on its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.binding import unbound
from multikeras.backend.select import on_backend
from multikeras.errors import NotBuiltError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten, map_structure
from multikeras.layers.base.call_context import changes
from multikeras.layers.base.call_signature import build_names
from multikeras.layers.base.input_spec import check_all
from multikeras.layers.base.symbolic import Symbolic, symbolic_inputs
from multikeras.state.scope import AutoCastScope
from multikeras.state.variable import Variable


class Building(Symbolic):
    """The side of a layer that builds it."""

    def build(self, *shapes: Any, **named: Any) -> None:
        """Make the variables whose shapes depend on the input's. By default there are none of its own: layers inside
        are built by running `call` on symbolic inputs.

        Args:
            shapes: The shape of each input, nested as the inputs are.
            named: The same by name, `query_shape=...`.
        """
        if list(self._sublayers()):
            self._build_by_call(shapes, named)
        self.built = True
        self._freeze()

    def _build_by_call(self, shapes: tuple, named: dict[str, Any]) -> None:
        make = lambda shape: symbolic_inputs(shape, self.compute_dtype)  # noqa: E731 - used twice
        names = self._call_signature.names
        inputs = [make(shape) for shape in shapes]
        keywords = {k.removesuffix("_shape"): make(v) for k, v in named.items() if k.removesuffix("_shape") in names}
        try:
            Symbolic.compute_output_spec(self, *inputs, **keywords)
        except Exception as error:
            raise NotBuiltError(
                f"Layer {self.name!r} ({type(self).__name__}) could not be built from shapes alone.",
                received=f"{type(error).__name__}: {error}",
                hint="call it on a tensor, or define build()",
            ) from error

    def _ensure_built(self, arguments: dict[str, Any]) -> None:
        """Build for the given arguments unless that is done."""
        if self.built:
            return
        self._check_initialized()
        from multikeras.backend.spec import Spec
        from multikeras.ops._owners import owner_of
        from multikeras.ops._values import argument_spec

        def shape_of(value: Any) -> Any:
            return map_structure(lambda x: Spec(*argument_spec(x, None)).shape if x is not None else None, value)

        shapes = {}
        for name, value in arguments.items():
            if value is None:
                continue
            leaves = flatten(value)
            first = next((x for x in leaves if x is not None), None)
            tensor = isinstance(first, (KerasTensor, np.ndarray, Variable)) or owner_of(type(first)) is not None
            if tensor or name == self._call_signature.first:
                shapes[name] = shape_of(value)
        with on_backend(self._backend):
            if self._builds_by_call():
                # Nothing to make from shapes: layers inside are built as `call` reaches them.
                self.built = True
            else:
                self._run_build(unbound(type(self)).build, shapes)
        self.built = True
        self._build_shapes = shapes
        self._freeze()

    @classmethod
    def _builds_by_call(cls) -> bool:
        """Whether `build` is not the subclass's own."""
        return cls.build is Building.build

    def _admit(self, first: Any, arguments: dict[str, Any]) -> None:
        """Check the first argument of a call, and build for the arguments unless that is done."""
        demands = self.input_spec
        if demands is not None and first is not None:
            # Before it is built: what does not fit makes no weights.
            check_all(demands, first, self.name)
        if not self.built:
            self._ensure_built(arguments)
            if self.input_spec is not demands and self.input_spec is not None and first is not None:
                check_all(self.input_spec, first, self.name)

    def _run_build(self, function: Any, shapes: dict[str, Any]) -> None:
        names = build_names(function)
        with AutoCastScope(None):
            if len(names) <= 1:
                self.build(next(iter(shapes.values())) if shapes else None)
            else:
                self.build(**{name: shapes.get(name.removesuffix("_shape")) for name in names})

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build_from_config` needs to build an equal layer, `None` where it is not built."""
        shapes = self._build_shapes
        if not shapes:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": {f"{k}_shape": v for k, v in shapes.items()}}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build from a `get_build_config`."""
        if not config:
            return
        if "shapes_dict" in config:
            shapes = {k: _as_shape(v) for k, v in config["shapes_dict"].items()}
            self._build_shapes = {k.removesuffix("_shape"): v for k, v in shapes.items()}
            with on_backend(self._backend):
                self.build(**{k: shapes.get(k) for k in build_names(unbound(type(self)).build)})
        elif "input_shape" in config:
            shape = _as_shape(config["input_shape"])
            self._build_shapes = {self._call_signature.first: shape}
            with on_backend(self._backend):
                self.build(shape)
        self.built = True
        self._freeze()

    def _freeze(self) -> None:
        """Prepare the direct path of calls: what has been decided by now is not looked up again."""
        from multikeras.layers.base.direct_call import plain_dtypes

        self._changes_seen = changes.count
        self._plain_dtypes = plain_dtypes(self._backend, self.compute_dtype if self._autocast else None)
        self._casts = self._dtype_policy.compute_dtype if self._mixed() else None
        self._direct = self._initialized and not any(
            layer._adds_losses or layer.activity_regularizer for layer in self._flatten_layers()
        )

    def _mixed(self) -> bool:
        return self._dtype_policy.compute_dtype != self._dtype_policy.variable_dtype


def _as_shape(value: Any) -> Any:
    """Shapes as JSON gives them, lists, as tuples."""
    if isinstance(value, dict):
        return {k: _as_shape(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if all(isinstance(v, (int, type(None))) for v in value):
            return tuple(value)
        return [_as_shape(v) for v in value]
    return value
