"""Operation: whatever can be called on tensors and becomes a node when called on symbolic ones."""

from __future__ import annotations

from typing import Any

import optree

from multikeras.backend.spec import Spec
from multikeras.errors import NotSupportedError, StateError
from multikeras.graph.keras_tensor import KerasTensor, any_symbolic
from multikeras.graph.node import Node
from multikeras.state.names import auto_name

TREE: dict[str, Any] = {"none_is_leaf": True, "namespace": "multikeras"}


# Types that were seen not to be nested, so that looking costs little next time.
_leaves: set[type] = {bool, int, float, str, type(None)}


def flatten(tree: Any) -> list[Any]:
    """The leaves of nested lists, tuples and dicts, `None` among them; dicts in written order."""
    if type(tree) in _leaves:
        return [tree]
    leaves: list[Any] = []
    _gather(tree, leaves)
    return leaves


def _gather(tree: Any, leaves: list[Any]) -> None:
    # The usual containers are gone through here, which is as fast, and which compilers of Python code can follow.
    kind = type(tree)
    if kind in _leaves:
        leaves.append(tree)
    elif kind is tuple or kind is list:
        for inner in tree:
            _gather(inner, leaves)
    elif kind is dict:
        for inner in tree.values():
            _gather(inner, leaves)
    else:
        with optree.dict_insertion_ordered(True, namespace="multikeras"):
            found = optree.tree_leaves(tree, **TREE)
        if len(found) == 1 and found[0] is tree:
            _leaves.add(kind)
        leaves += found


def map_structure(function: Any, tree: Any) -> Any:
    """`function` on each leaf of nested lists, tuples and dicts; dicts keep their written order."""
    kind = type(tree)
    if kind in _leaves:
        return function(tree)
    if kind is tuple or kind is list:
        return kind([map_structure(function, inner) for inner in tree])
    if kind is dict:
        return {key: map_structure(function, inner) for key, inner in tree.items()}
    leaves = flatten(tree)
    if len(leaves) == 1 and leaves[0] is tree:
        return function(tree)
    with optree.dict_insertion_ordered(True, namespace="multikeras"):
        return optree.tree_map(function, tree, **TREE)


class Operation:
    """A callable on tensors. Subclass it and define `call` (and `compute_output_spec`, unless running `call` on
    symbolic tensors gives it).

    Args:
        name: Its name, made up by default.

    ```python
    >>> import multikeras as keras
    >>> class Double(keras.Operation):
    ...     def call(self, x):
    ...         return x * 2
    >>> Double()(keras.KerasTensor((None, 3))).shape
    (None, 3)

    ```
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            from multikeras.errors import ArgumentError

            raise ArgumentError('A name is a string without "/".', received=repr(name))
        self.name = name
        self._inbound_nodes: list[Node] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any_symbolic(flatten((args, kwargs))):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic results of a call, recorded as a node."""
        from multikeras.graph.call import recording

        outputs = self.compute_output_spec(*args, **kwargs)
        if recording.on:
            Node(self, args, kwargs, outputs)
        return outputs

    def __getstate__(self) -> dict[str, Any]:
        # Graphs are restored by what holds them, call by call: see `graph.flat`.
        return {**vars(self), "_inbound_nodes": []}

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The results of a call on tensors."""
        raise NotSupportedError(f"{type(self).__name__} defines `call`.", hint="def call(self, x): ...")

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """`KerasTensor`s with the shapes and dtypes of the results: those of running `call` on symbolic tensors."""
        from multikeras.graph.call import without_history

        return without_history(self.call, *args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal operation."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The operation of a `get_config`."""
        return cls(**config)

    def _node(self) -> Node:
        if len(self._inbound_nodes) != 1:
            raise StateError(
                f"`input` and `output` exist when an operation was called on symbolic tensors once: {self.name!r}.",
                received=f"{len(self._inbound_nodes)} such calls",
            )
        return self._inbound_nodes[0]

    @property
    def input(self) -> Any:
        """The symbolic input of its one call."""
        return self._node().input_structure()

    @property
    def output(self) -> Any:
        """The symbolic output of its one call."""
        return self._node().outputs


def to_spec(x: Any) -> Any:
    """The `Spec` of a symbolic tensor; anything else as it is."""
    return Spec(x.shape, x.dtype) if isinstance(x, KerasTensor) else x
