"""Which kernels of its framework each layer of a model reaches, and why not a faster one."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from multikeras.backend.select import on_backend
from multikeras.dtypes import lattice
from multikeras.errors import NotBuiltError
from multikeras.graph.call import OpCall, heard
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten, map_structure

# What unknown sizes are, where the layers are run.
_BATCH, _STEPS = 2, 8


class Explanation(NamedTuple):
    """What one layer of a model runs on.

    Args:
        layer: Its path.
        kind: Its class, or the op.
        kernels: The kernels that a call outside of training reaches, by the framework's names, each once in order.
            Views and copies are left out.
        slower_because: Why a faster kernel is not reached; `None` where there is none.
    """

    layer: str
    kind: str
    kernels: list[str]
    slower_because: str | None


def explain(model: Any) -> list[Explanation]:
    """See `Model.explain`."""
    if not model.built:
        raise NotBuiltError(
            f"The model {model.name!r} tells its kernels once it is built.", hint="model.build(input_shape)"
        )
    with on_backend(model._backend):
        return [
            Explanation(
                getattr(operation, "path", operation.name),
                f"ops.{operation.op.name}" if isinstance(operation, OpCall) else type(operation).__name__,
                _kernels(model._backend, operation, args, kwargs),
                getattr(operation, "kernel_reason", None),
            )
            for operation, args, kwargs in _calls(model)
        ]


def show(model: Any, rows: list[Explanation], print_fn: Any) -> None:
    """Print the rows as a table."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(f'Kernels of "{model.name}" on {model.backend}'), title_justify="left")
    for header in ("Layer (type)", "Kernels", "Slower because"):
        table.add_column(header)
    for row in rows:
        name = row.layer.rpartition("/")[2]
        table.add_row(*map(escape, (f"{name} ({row.kind})", ", ".join(row.kernels) or "-", row.slower_because or "")))
    console = Console(highlight=False)
    if print_fn is None:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    print_fn(capture.get())


def _calls(model: Any) -> list[tuple[Any, tuple, dict[str, Any]]]:
    """What a model calls, each operation once, and symbolic arguments: of a graph its nodes, else its layers."""
    found: dict[int, tuple[Any, tuple, dict[str, Any]]] = {}
    if model._function is not None:
        for node in model._function._nodes:
            found.setdefault(id(node.operation), (node.operation, node.args, node.kwargs))
        return list(found.values())
    for layer in model._flatten_layers(include_self=False):
        shapes = layer._build_shapes
        if shapes and not list(layer._sublayers()):
            from multikeras.layers.base.symbolic import symbolic_inputs

            arguments = {name: symbolic_inputs(shape, layer.compute_dtype) for name, shape in shapes.items()}
            found.setdefault(id(layer), (layer, (), arguments))
    return list(found.values())


def _kernels(backend: Any, operation: Any, args: tuple, kwargs: dict[str, Any]) -> list[str]:
    observe = getattr(backend.compile, "kernels", None)
    if observe is None:
        return _by_table(backend, operation, args, kwargs)
    leaves = [x for x in flatten((args, kwargs)) if isinstance(x, KerasTensor)]
    tensors = [backend.tensors.from_numpy(np.zeros(_sizes(x), lattice.numpy_dtype(x.dtype))) for x in leaves]

    def call(*values: Any) -> Any:
        given = iter(values)
        filled = map_structure(lambda x: next(given) if isinstance(x, KerasTensor) else x, (args, kwargs))
        return operation(*filled[0], **filled[1])

    return list(dict.fromkeys(observe(call, *tensors)))


def _sizes(x: KerasTensor) -> tuple[int, ...]:
    return tuple(s if s is not None else _BATCH if i == 0 else _STEPS for i, s in enumerate(x.shape))


def _by_table(backend: Any, operation: Any, args: tuple, kwargs: dict[str, Any]) -> list[str]:
    """The implementations of the ops that a call comes to, for a framework that does not tell its kernels."""
    args, kwargs = map_structure(
        lambda x: KerasTensor(_sizes(x), x.dtype) if isinstance(x, KerasTensor) else x, (args, kwargs)
    )
    with heard() as ops:
        operation.call(*args, **kwargs)
    return list(dict.fromkeys(name for op, values in ops for name in _implementations(backend, op, values)))


def _implementations(backend: Any, op: Any, values: Any) -> list[str]:
    native = backend.ops.native.get(op.name)
    if native is not None:
        return [f"{native.__module__}.{native.__name__}"]
    with heard() as inner:
        op.invoke(op.body, values)
    return [name for inner_op, inner_values in inner for name in _implementations(backend, inner_op, inner_values)]
