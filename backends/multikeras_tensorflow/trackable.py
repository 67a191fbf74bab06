"""What makes layers, variables and optimizers objects of TensorFlow's own: for its tapes, its checkpoints, its saved
models and its modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from multikeras.state.tracking import owned
from multikeras.state.variable import Variable
from multikeras_tensorflow.tensors import native_dtype

_Trackable: Any = tf.__internal__.tracking.Trackable  # type: ignore[attr-defined]
_FUNCTIONS = (tf.types.experimental.GenericFunction, tf.types.experimental.ConcreteFunction)


class _ByName(_Trackable):
    """A trackable whose children are found at the moment of asking.

    A checkpoint may be restored before all children exist. TensorFlow keeps the values that are waiting; they are
    handed on whenever an attribute has been set.
    """

    def __init__(self) -> None:
        self._maybe_initialize_trackable()

    def _named(self) -> Iterator[tuple[str, Any]]:
        raise NotImplementedError

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        children: dict[str, Any] = {}
        for name, child in self._named():
            while name in children:
                name += "_"
            children[name] = child
        return children

    def _lookup_dependency(self, name: str, cached_dependencies: dict[str, Any] | None = None) -> Any:
        return (cached_dependencies or self._trackable_children()).get(name)

    def _hand_on(self, name: str, value: Any) -> None:
        # TensorFlow notes in attributes what it is doing.
        if vars(self).get("_self_unconditional_deferred_dependencies") and not name.startswith("_self_"):
            for known, child in self._trackable_children().items():
                if known in self._deferred_dependencies:
                    self._handle_deferred_dependencies(known, child)


class TrackableLayer(_ByName, tf.Module):
    """The second base of layers: a `tf.Module` whose children are named by the attributes that lead to them.

    Names of layers and variables are counted up in a process, so that those in a checkpoint would not be found again.
    """

    # `tf.Module` has a property, but a layer sets its name.
    name: Any = None

    def __init__(self) -> None:
        super().__init__()
        self._native_children: list[Any] = []
        self._serving: Any = None

    @property
    def name_scope(self) -> Any:
        """The scope of the names of operations in a graph."""
        return tf.name_scope(self.name)

    def _named(self) -> Iterator[tuple[str, Any]]:
        from multikeras.metrics import Metric

        yield from self._parts()
        for path, metric in owned(self, (Metric,)):
            for i, variable in enumerate(metric.variables):
                yield f"{path}/{i}", variable._storage

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Variables, layers and what else TensorFlow tracks, by the paths that lead to them."""
        from multikeras.random.seed import SeedGenerator

        named: set[int] = set()
        for path, child in owned(self, (_Trackable, SeedGenerator)):
            if isinstance(child, Variable):
                named.add(id(child))
                yield path, child._storage
            else:
                yield path, child.state._storage if isinstance(child, SeedGenerator) else child
        for i, variable in enumerate(self._own_weights):  # type: ignore[attr-defined]
            if id(variable) not in named:
                yield f"weight_{i}", variable._storage

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        children = super()._trackable_children(save_type, **kwargs)
        if save_type == "savedmodel":
            for name, function in self._functions():
                if isinstance(function, tf.types.experimental.GenericFunction):
                    # Traces it where its signature is known, so that its variables exist.
                    function._list_all_concrete_functions_for_serialization()  # type: ignore[attr-defined]
                children[name] = function
            serving = self._serving_function()
            if serving is not None:
                # The name that TensorFlow takes the signature from where it is given none.
                children["_default_save_signature"] = serving
        return children

    def _serving_function(self) -> Any:
        """The function that a saved graph is served by; `None` for layers that are none. It is made once."""
        graph = vars(self).get("_function")
        if graph is None:
            return None
        made: Any = self._serving
        if made is None or made[0] is not graph:

            def serving_default(inputs: Any) -> Any:
                outputs = self(inputs)  # type: ignore[operator]
                leaves = outputs.values() if isinstance(outputs, dict) else outputs
                plain = tf.is_tensor(outputs) or all(tf.is_tensor(leaf) for leaf in leaves)
                return outputs if plain else tf.nest.flatten(outputs)

            specs = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, native_dtype(x.dtype)), graph.input)
            made = graph, tf.function(serving_default, autograph=False, input_signature=[specs])
            object.__setattr__(self, "_serving", made)
        return made[1]

    def _functions(self) -> Iterator[tuple[str, Any]]:
        """The functions of TensorFlow among the attributes and methods."""
        yield from ((name, value) for name, value in vars(self).items() if isinstance(value, _FUNCTIONS))
        for kind in type(self).__mro__:
            for name, value in vars(kind).items():
                if isinstance(value, _FUNCTIONS):
                    yield name, getattr(self, name)

    @property
    def _TF_MODULE_IGNORED_PROPERTIES(self) -> frozenset[str]:  # noqa: N802 - TensorFlow's name
        # A module asks for it just before it looks for variables and modules among the attributes of this one. Those of
        # core say nothing to it, so that it is given one that does.
        object.__setattr__(self, "_native_children", [child for _, child in self._parts()])
        return frozenset(vars(self)) - {"_native_children"}


class TrackableOptimizer(_ByName):
    """The second base of optimizers: its children are its variables, by number, and the optimizers inside."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self._hand_on(name, value)

    def _named(self) -> Iterator[tuple[str, Any]]:
        yield from ((f"variable_{i}", v._storage) for i, v in enumerate(vars(self).get("_variables", ())))
        inside = [vars(self).get("inner_optimizer"), *vars(self).get("_inner_optimizers", ())]
        yield from ((f"optimizer_{i}", o) for i, o in enumerate(inside) if o is not None)


class TrackableVariable(_Trackable):
    """The second base of variables: tapes and functions of TensorFlow take them for variables of its own."""

    _storage: tf.Variable

    # What TensorFlow asks of an object that is no variable but stands for one.
    _should_act_as_resource_variable = True

    @property
    def handle(self) -> Any:
        """The handle of TensorFlow's variable, by which tapes know it."""
        return self._storage.handle

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        return tf.convert_to_tensor(self.value, dtype, name=name)  # type: ignore[attr-defined]

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        return {"value": self._storage}

    def _lookup_dependency(self, name: str, cached_dependencies: dict[str, Any] | None = None) -> Any:
        return self._trackable_children().get(name)


def bind(cls: type) -> None:
    """Let a class of layers hand restored values on."""
    cls._bind_attribute = TrackableLayer._hand_on  # type: ignore[attr-defined]
