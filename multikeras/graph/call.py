"""What an op does when called on symbolic tensors: infer the result, and record the call."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from multikeras.backend.spec import Spec
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.node import Node
from multikeras.graph.operation import Operation, flatten, map_structure

if TYPE_CHECKING:
    from multikeras.ops._op import Op


class _Recording(threading.local):
    """Whether calls on symbolic tensors become nodes, and the ops and layers called where somebody listens."""

    def __init__(self) -> None:
        self.on = True
        self.ops: list[tuple[Op, Sequence[Any]]] | None = None
        self.layers: list[tuple[Any, Any]] | None = None


recording = _Recording()


@contextlib.contextmanager
def heard() -> Iterator[list[tuple[Op, Sequence[Any]]]]:
    """A block in which calls on symbolic tensors leave no nodes; the ops that were called, with every argument."""
    before = recording.on, recording.ops
    found: list[tuple[Op, Sequence[Any]]] = []
    recording.on, recording.ops = False, found
    try:
        yield found
    finally:
        recording.on, recording.ops = before


@contextlib.contextmanager
def called_layers() -> Iterator[list[tuple[Any, Any]]]:
    """A block in which calls on symbolic tensors leave no nodes; the layers that were called, with what is their first
    argument."""
    before = recording.on, recording.layers
    found: list[tuple[Any, Any]] = []
    recording.on, recording.layers = False, found
    try:
        yield found
    finally:
        recording.on, recording.layers = before


class OpCall(Operation):
    """One op called on symbolic tensors: the operation of its graph node.

    Args:
        op: The op's declaration.
        static: The arguments that hold no symbolic tensor, by name.
        name: Its name, made up by default.
    """

    def __init__(self, op: Op, static: dict[str, Any], name: str | None = None) -> None:
        super().__init__(name or _op_name(op))
        self.op = op
        self.static = static

    def call(self, *args: Any, **kwargs: Any) -> Any:
        if self.op.star is not None:
            # What stands before the `*parameter` can't be given by keyword.
            names = [p.name for p in self.op.parameters[: self.op.star]]
            before = [self.static[name] for name in names]
            after = {name: value for name, value in self.static.items() if name not in names}
            return self.op.function(*before, *args, **after, **kwargs)
        return self.op.function(*args, **self.static, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The static arguments and the name."""
        return {"name": self.name, **self.static}


def _op_name(op: Op) -> str:
    from multikeras.state.names import auto_name

    return auto_name(op.name.rpartition(".")[2])


def from_specs(specs: Any) -> Any:
    """`KerasTensor`s for nested `Spec`s."""
    if isinstance(specs, Spec):
        return KerasTensor(specs.shape, specs.dtype)
    if isinstance(specs, dict):
        return {k: from_specs(v) for k, v in specs.items()}
    if isinstance(specs, (list, tuple)):
        made = [from_specs(s) for s in specs]
        return type(specs)(*made) if hasattr(specs, "_fields") else type(specs)(made)
    return specs


def op_node(op: Op, values: Sequence[Any]) -> Any:
    """The symbolic result of a call of `op` with every argument of its signature."""
    if recording.ops is not None:
        recording.ops.append((op, values))
    outputs = from_specs(op.result_spec(values))
    if not recording.on:
        return outputs
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    static: dict[str, Any] = {}
    for p, raw in zip(op.parameters, op.signature.parameters.values(), strict=True):
        value = values[p.position]
        symbolic = any(isinstance(x, KerasTensor) for x in flatten(value))
        if raw.kind is raw.VAR_POSITIONAL:
            positional += list(value)
        elif symbolic and not static and not keywords and raw.kind is not raw.KEYWORD_ONLY:
            positional.append(value)
        elif symbolic:
            keywords[p.name] = value
        elif raw.kind is raw.VAR_KEYWORD:
            static.update(value)
        elif value is not p.default:
            static[p.name] = value
    call = OpCall(op, static)
    Node(call, tuple(positional), keywords, outputs)
    return outputs


def with_history(function: Callable, *args: Any, **kwargs: Any) -> Any:
    """`function` called with nodes recorded, also where only shapes are being computed: it makes a graph that stays."""
    before = recording.on
    recording.on = True
    try:
        return function(*args, **kwargs)
    finally:
        recording.on = before


def without_history(function: Callable, *args: Any, **kwargs: Any) -> Any:
    """`function` called on symbolic tensors with nothing recorded: its results' shapes and dtypes as fresh tensors."""
    before = recording.on
    recording.on = False
    try:
        outputs = function(*args, **kwargs)
    finally:
        recording.on = before
    given = {id(x) for x in flatten((args, kwargs))}

    def fresh(x: Any) -> Any:
        if not isinstance(x, KerasTensor):
            return x
        # An input that is handed through would carry the input's history; a mask that was made here is the output's.
        made = KerasTensor(x.shape, x.dtype)
        made._keras_mask = None if id(x) in given else x._keras_mask
        return made

    return map_structure(fresh, outputs)


def body_spec(op: Op, values: Sequence[Any]) -> Any:
    """The spec of a composite without a rule: that of its body run on symbolic tensors."""
    assert op.body is not None
    symbolic = [from_specs(v) if _has_spec(v) else v for v in values]
    outputs = without_history(op.invoke, op.body, symbolic)
    return map_structure(lambda x: Spec(x.shape, x.dtype) if isinstance(x, KerasTensor) else x, outputs)


def _has_spec(value: Any) -> bool:
    if isinstance(value, Spec):
        return True
    return isinstance(value, list) and any(isinstance(v, Spec) for v in value)
