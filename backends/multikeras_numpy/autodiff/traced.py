"""Traced: an array that remembers what it was made from."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np

from multikeras.errors import NotSupportedError
from multikeras.graph.operators import Operators

_serials = itertools.count()


class Node:
    """One remembered call of an op.

    Args:
        edges: For each traced argument: the node that it comes from, the rule that carries a cotangent back to it, its
            position among the arguments and, where that position holds a sequence, its place in it.
        arguments: The arguments of the call, less one level of tracing; of those that the rules need no values of, only
            shape and dtype.
        kept: The output, or what the forward pass kept in its place.
        outputs: Number of outputs, 0 where the op returns one array and no sequence.
    """

    __slots__ = ("arguments", "edges", "kept", "outputs", "serial")

    def __init__(self, edges: list[tuple], arguments: list[Any], kept: Any, outputs: int = 0) -> None:
        self.serial = next(_serials)
        self.edges = edges
        self.arguments = arguments
        self.kept = kept
        self.outputs = outputs


class Part(Node):
    """One of several outputs of a remembered call.

    Args:
        whole: The call.
        index: Which of its outputs.
    """

    __slots__ = ("index", "whole")

    def __init__(self, whole: Node, index: int) -> None:
        super().__init__([], [], None)
        self.whole = whole
        self.index = index


class Traced(Operators):
    """An array of floats that a function under `value_and_grad` computes with.

    Args:
        value: The array; under nested calls of `value_and_grad`, the traced array of the next outer one.
        node: What it was made from.
        level: Which call of `value_and_grad` traces it. Later ones, thus inner ones, have higher levels.
    """

    __slots__ = ("level", "node", "value")
    __hash__ = object.__hash__

    def __init__(self, value: Any, node: Node, level: int) -> None:
        self.value = value
        self.node = node
        self.level = level

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self.value.shape

    @property
    def dtype(self) -> np.dtype:
        """Its dtype."""
        return self.value.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.value.size

    def item(self) -> Any:
        """The one entry as a Python number."""
        return untraced(self).item()

    def tolist(self) -> Any:
        """The entries as nested lists."""
        return untraced(self).tolist()

    def __len__(self) -> int:
        return len(untraced(self))

    def __iter__(self) -> Any:
        for i in range(len(self)):
            yield self[i]

    def __bool__(self) -> bool:
        return bool(untraced(self))

    def __int__(self) -> int:
        return int(untraced(self))

    def __float__(self) -> float:
        return float(untraced(self))

    def __complex__(self) -> complex:
        return complex(untraced(self))

    def __format__(self, text: str) -> str:
        return format(untraced(self), text)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise NotSupportedError(
            "Inside value_and_grad NumPy's own functions would lose the gradient.",
            received=f"a traced {self.dtype.name}{self.shape}",
            hint="ops.exp(x) in the place of np.exp(x), ops.convert_to_numpy(x) for the values alone",
        )

    def __repr__(self) -> str:
        return f"Traced({untraced(self)!r})"


def untraced(x: Any) -> Any:
    """The array itself, below all levels of tracing."""
    while type(x) is Traced:
        x = x.value
    return x


class _Floor(threading.local):
    """Tracing at this level and below is off, in one thread."""

    level = -1


floor = _Floor()
levels = itertools.count()
