"""KerasTensor: a symbolic tensor, shape and dtype only, which remembers the call that made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from multikeras.backend.spec import Shape
from multikeras.dtypes import lattice
from multikeras.errors import NoValueError, ShapeError, StateError
from multikeras.graph.operators import Operators
from multikeras.state.names import auto_name


class History(NamedTuple):
    """Where a symbolic tensor comes from.

    Args:
        operation: The layer or operation that was called.
        node_index: Which of its calls it was.
        tensor_index: Which of the call's flat outputs it is.
    """

    operation: Any
    node_index: int
    tensor_index: int


class KerasTensor(Operators):
    """A symbolic tensor.

    Args:
        shape: Axis sizes, `None` where unknown.
        dtype: The dtype's name.
        sparse: Whether the values will be sparse.
        ragged: Whether the values will be ragged.
        record_history: Whether calls on it are recorded as graph nodes.
        name: A name, made up by default.

    Raises:
        ShapeError: `shape` is no tuple of sizes.

    ```python
    >>> x = KerasTensor((None, 3))
    >>> x.shape, x.dtype, (x * 2).shape
    ((None, 3), 'float32', (None, 3))

    ```
    """

    def __init__(
        self,
        shape: Iterable[int | None],
        dtype: Any = "float32",
        sparse: bool | None = False,
        ragged: bool | None = False,
        record_history: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._shape = standardize_shape(shape)
        self._dtype = lattice.standardize(dtype)
        self._sparse = bool(sparse)
        self._ragged = bool(ragged)
        self.record_history = record_history
        self._name = name
        self._keras_history: History | None = None
        self._keras_mask: Any = None

    @property
    def name(self) -> str:
        """The tensor's name."""
        if self._name is None:
            self._name = auto_name("keras_tensor")
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self._name = value

    @property
    def shape(self) -> Shape:
        """Axis sizes, `None` where unknown."""
        return self._shape

    @property
    def dtype(self) -> str:
        """The dtype's name."""
        return self._dtype

    @property
    def sparse(self) -> bool:
        """Whether the values will be sparse."""
        return self._sparse

    @property
    def ragged(self) -> bool:
        """Whether the values will be ragged."""
        return self._ragged

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._shape)

    def reshape(self, newshape: Any) -> Any:
        """`ops.reshape` of it."""
        from multikeras import ops

        return ops.reshape(self, newshape)

    def squeeze(self, axis: Any = None) -> Any:
        """`ops.squeeze` of it."""
        from multikeras import ops

        return ops.squeeze(self, axis)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def __len__(self) -> int:
        if not self._shape or self._shape[0] is None:
            raise StateError(
                "A symbolic tensor has a length when its first axis has a known size.", received=repr(self)
            )
        return self._shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._shape:
            raise self._no_value("a list")
        return (self[i] for i in range(len(self)))

    def _no_value(self, wanted: str) -> NoValueError:
        return NoValueError(
            f"A symbolic tensor has no values, so it cannot become {wanted}.",
            received=repr(self),
            hint="an op of multikeras.ops, or a custom Layer, in place of the foreign function",
        )

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise self._no_value("a NumPy array")

    def __bool__(self) -> bool:
        raise self._no_value("a bool; a graph cannot branch on it")

    def __int__(self) -> int:
        raise self._no_value("an int")

    def __float__(self) -> float:
        raise self._no_value("a float")

    def __index__(self) -> int:
        raise self._no_value("an index")


def standardize_shape(shape: Any) -> Shape:
    """A tuple of sizes and `None`s.

    Raises:
        ShapeError: Not iterable, or an entry is no size.
    """
    try:
        entries = tuple(shape)
    except TypeError:
        entries = None
    if entries is None or isinstance(shape, str):
        raise ShapeError("A shape is a tuple of sizes.", received=repr(shape), hint="shape=(28, 28, 1)")
    sizes: list[int | None] = []
    for entry in entries:
        if entry is None:
            sizes.append(None)
            continue
        try:
            size = entry.__index__()
        except (AttributeError, TypeError):
            size = -1
        if isinstance(entry, bool) or size < 0:
            raise ShapeError(
                "Sizes are integers from 0 on, or None where unknown.", received=repr(tuple(entries)), hint="(None, 3)"
            )
        sizes.append(size)
    return tuple(sizes)


def any_symbolic(leaves: Iterable[Any]) -> bool:
    """Whether one of them is a `KerasTensor`."""
    for leaf in leaves:
        if isinstance(leaf, KerasTensor):
            return True
    return False


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbolic tensor."""
    return isinstance(x, KerasTensor)
