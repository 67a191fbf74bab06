"""Variable: a named tensor that is assigned to, kept in its backend's own storage."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from multikeras.backend.binding import ConstructorSignature, blank, unbound
from multikeras.backend.contract import Backend, Capability
from multikeras.backend.select import current, on_backend, selection
from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, MixedBackendsError, ShapeError
from multikeras.graph.operators import Operators
from multikeras.state.names import auto_name
from multikeras.state.scope import UnlistedVariable, current_path, scopes

AGGREGATIONS = ("none", "mean", "sum", "only_first_replica", None)
SYNCHRONIZATIONS = ("auto", "none", "on_read", "on_write", None)


class Variable(Operators):
    """A tensor that can be assigned to.

    It belongs to the backend that is current when it is made.

    Args:
        initializer: The first value: a tensor, an array, a number, a nested list, or a function of `shape` and `dtype`
            (an `Initializer`, or its name).
        shape: The shape, needed where `initializer` is a function.
        dtype: The dtype; that of the value by default, floatx for functions.
        trainable: Whether gradients are taken with respect to it.
        autocast: Whether a float variable reads in the compute dtype of the layer that is being called.
        aggregation: How replicas are combined: "none", "mean", "sum" or "only_first_replica".
        synchronization: When replicas are: "auto", "none", "on_read" or "on_write".
        name: Its name, without "/".
        layout: How it is spread over devices; kept for the distribution API.

    Raises:
        ArgumentError: The name, aggregation or synchronization is wrong, or a function comes without a shape.
        ShapeError: The value does not have `shape`.

    ```python
    >>> import multikeras as keras
    >>> v = keras.Variable([[1.0, 2.0]], name="w")
    >>> _ = v.assign_add([[1.0, 1.0]])
    >>> v.numpy().tolist(), v.shape, v.dtype
    ([[2.0, 3.0]], (1, 2), 'float32')

    ```
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        VARIABLE_CLASSES.add(cls)

    __signature__ = ConstructorSignature()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return blank(cls, current().variable_base)

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        layout: Any = None,
        **kwargs: Any,
    ) -> None:
        if kwargs:
            raise ArgumentError("Variable has no such arguments.", received=", ".join(kwargs))
        if name is None:
            name = auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError(
                'A variable\'s name is a string without "/".', received=repr(name), hint="name='kernel'"
            )
        if aggregation not in AGGREGATIONS:
            raise ArgumentError(f"aggregation is one of {AGGREGATIONS[:-1]}.", received=repr(aggregation))
        if synchronization not in SYNCHRONIZATIONS:
            raise ArgumentError(f"synchronization is one of {SYNCHRONIZATIONS[:-1]}.", received=repr(synchronization))
        self._backend = backend = current()
        self._name = name
        parent = current_path()
        self._path = f"{parent}/{name}" if parent else name
        # Thawing a layer trains what was made to be trained, not its statistics.
        self._trainable = self._made_trainable = bool(trainable)
        self._autocast = bool(autocast)
        self._aggregation = aggregation or "none"
        self._synchronization = synchronization or "none"
        self._layout = layout
        self._constraint: Callable | None = None
        self._regularizer: Any = None
        self._overwrite_with_gradient = False
        with untraced(backend):
            value, spec = _first_value(initializer, shape, dtype, name)
            trained = self._trainable and not _is_discrete(spec.dtype)
            self._storage = backend.variables.make(value, trained, self._path)
        self._shape: Shape = spec.shape
        self._dtype = spec.dtype
        self._read = getattr(backend.variables, "read", None)

    # -- What it is -------------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """The name of the backend that it belongs to."""
        return self._backend.name

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def path(self) -> str:
        """Its name with the scopes it was made in, such as "sequential/dense/kernel"."""
        return self._path

    @property
    def shape(self) -> Shape:
        """Its shape."""
        return self._shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._shape)

    @property
    def dtype(self) -> str:
        """The dtype that it reads as: inside a layer of another compute dtype, that one."""
        if scopes.autocast is not None and self._autocast and lattice.is_float(self._dtype):
            return scopes.autocast
        return self._dtype

    @property
    def trainable(self) -> bool:
        """Whether gradients are taken with respect to it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        if not _is_discrete(self._dtype):
            self._backend.variables.set_trainable(self._storage, self._trainable)

    @property
    def aggregation(self) -> str:
        """How replicas are combined."""
        return self._aggregation

    @property
    def synchronization(self) -> str:
        """When replicas are synchronized."""
        return self._synchronization

    @property
    def constraint(self) -> Callable | None:
        """The function that each new value passes through after an optimizer step."""
        return self._constraint

    @constraint.setter
    def constraint(self, value: Callable | None) -> None:
        if value is not None and not callable(value):
            raise ArgumentError("A constraint is a function of a tensor.", received=repr(value))
        self._constraint = value

    @property
    def regularizer(self) -> Any:
        """The function whose value is added to the loss."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value: Any) -> None:
        if value is not None and not callable(value):
            raise ArgumentError("A regularizer is a function of a tensor.", received=repr(value))
        self._regularizer = value

    @property
    def overwrite_with_gradient(self) -> bool:
        """Whether an optimizer stores the gradient itself as the new value."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise ArgumentError("overwrite_with_gradient is a bool.", received=repr(value))
        self._overwrite_with_gradient = value

    # -- Reading ----------------------------------------------------------------------------------------------

    @property
    def value(self) -> Any:
        """The value as a tensor."""
        if scopes.plain:
            return self._storage if self._read is None else self._read(self._storage)
        return self._scoped_value()

    def _scoped_value(self) -> Any:
        stateless = scopes.stateless
        value = None
        if stateless is not None:
            value = stateless.state_mapping.get(id(self))
            if value is None and stateless.only:
                raise UnlistedVariable(self)
        if value is None:
            value = self._storage if self._read is None else self._read(self._storage)
        dtype = scopes.autocast
        if dtype is not None and dtype != self._dtype and self._autocast and lattice.is_float(self._dtype):
            value = self._backend.tensors.cast(value, dtype)
        return value

    def numpy(self) -> np.ndarray:
        """The value as a NumPy array, which later assignments do not change."""
        array = self._backend.tensors.to_numpy(self.value)
        return array.copy() if Capability.MUTABLE_VARIABLES in self._backend.can else array

    def __multikeras_tensor__(self) -> Any:
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.numpy().item())

    def __float__(self) -> float:
        return float(self.numpy().item())

    def __index__(self) -> int:
        return int(self.numpy().item())

    def __len__(self) -> int:
        if not self._shape:
            raise ShapeError("A scalar variable has no length.", received=repr(self))
        return self._shape[0]  # type: ignore[return-value]

    def __repr__(self) -> str:
        shown = "" if scopes.stateless is not None else f", value={self.numpy()}"
        return f"<Variable path={self._path}, shape={self._shape}, dtype={self._dtype}, backend={self.backend}{shown}>"

    # -- Assigning --------------------------------------------------------------------------------------------

    def _admit(self, value: Any) -> Any:
        """`value` as a tensor that this variable can hold."""
        backend = self._backend
        if isinstance(value, Variable):
            value = value.value
        if isinstance(value, backend.tensors.types):
            spec = backend.tensors.spec_of(value)
        else:
            from multikeras.ops._owners import owner_of
            from multikeras.ops._values import argument_spec, host_array

            owner = owner_of(type(value))
            if owner is not None:
                raise MixedBackendsError(
                    f"The variable {self._path!r} holds tensors of its own backend, {backend.name}.",
                    received=f"a tensor of {owner.name}",
                    hint="multikeras.ops.convert_to_numpy(value)",
                )
            array = host_array(value)
            if array.dtype.name != self._dtype:
                array = array.astype(lattice.numpy_dtype(self._dtype))
            value = backend.tensors.from_numpy(array)
            spec = argument_spec(value, backend)
        if spec.shape != self._shape and not _compatible(spec.shape, self._shape):
            raise ShapeError(
                f"A variable keeps its shape: {self._path!r} has shape {self._shape}.", received=f"a value of {spec}"
            )
        return value if spec.dtype == self._dtype else backend.tensors.cast(value, self._dtype)

    def assign(self, value: Any) -> Any:
        """Store another value of the same shape; it is cast to the variable's dtype.

        Returns:
            The value stored, as a tensor.

        Raises:
            ShapeError: The value has another shape.
            MixedBackendsError: It is a tensor of another backend.
        """
        value = self._admit(value)
        self._store(value)
        return value

    def _store(self, value: Any) -> None:
        if scopes.stateless is not None:
            scopes.stateless.add_update((self, value))
        else:
            self._storage = self._backend.variables.assign(self._storage, value)

    def assign_add(self, value: Any) -> Any:
        """Add to the value, and return the sum."""
        from multikeras import ops

        return self._combine(ops.add, value)

    def _increase(self, amount: Any) -> None:
        """`assign_add` without a result: in place, and in one go, where the framework can.

        Args:
            amount: A Python number, or a tensor of the variable's own shape and dtype.
        """
        increment = getattr(self._backend.variables, "increment", None)
        if increment is None or scopes.stateless is not None or not self._takes(amount):
            self.assign_add(amount)
        else:
            increment(self._storage, amount)

    def _takes(self, amount: Any) -> bool:
        """Whether an amount can be added as it is."""
        if type(amount) is int or type(amount) is float:
            return not _is_discrete(self._dtype) or type(amount) is int
        if not isinstance(amount, self._backend.tensors.types):
            return False
        spec = self._backend.tensors.spec_of(amount)
        return spec.shape == self._shape and spec.dtype == self._dtype

    def assign_sub(self, value: Any) -> Any:
        """Subtract from the value, and return the difference."""
        from multikeras import ops

        return self._combine(ops.subtract, value)

    def _combine(self, op: Callable, value: Any) -> Any:
        operand = _operand(value, self._backend)
        if selection.backend is self._backend:
            return self.assign(op(self._own_value(), operand))
        # Host arrays are tensors of whatever backend is current.
        with on_backend(self._backend):
            return self.assign(op(self._own_value(), operand))

    def _own_value(self) -> Any:
        """The value in the variable's own dtype, whatever is being autocast."""
        if scopes.autocast is None:
            return self.value
        before = scopes.autocast
        scopes.autocast = None
        try:
            return self._scoped_value()
        finally:
            scopes.autocast = before

    # -- Copies -----------------------------------------------------------------------------------------------

    def __deepcopy__(self, memo: dict) -> Variable:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(self.__dict__)
        value = self._backend.tensors.copy(self._own_value())
        twin._storage = self._backend.variables.make(
            value, self._trainable and not _is_discrete(self._dtype), self._path
        )
        return twin

    def __reduce__(self) -> tuple:
        return _blank, (unbound(type(self)), self._backend), self.__getstate__()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_read"]
        state["_storage"] = self.numpy()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        array = state.pop("_storage")
        self.__dict__.update(state)
        backend = self._backend
        self._read = getattr(backend.variables, "read", None)
        value = backend.tensors.from_numpy(array)
        self._storage = backend.variables.make(value, self._trainable and not _is_discrete(self._dtype), self._path)


VARIABLE_CLASSES: set[type] = {Variable}
"""Every class of variables: those that backends bind, and those that users derive."""


def _blank(cls: type, backend: Backend) -> Variable:
    """Unpickling: a variable to which a state will be given."""
    return blank(cls, backend.variable_base)


def untraced(backend: Backend) -> AbstractContextManager:
    """A scope for what outlives a trace: see `Variables.untraced`."""
    scope = getattr(backend.variables, "untraced", None)
    return nullcontext() if scope is None else scope()


def _is_discrete(dtype: str) -> bool:
    return not (lattice.is_float(dtype) or dtype in lattice.COMPLEX)


def _operand(value: Any, backend: Any) -> Any:
    # A list or an array goes to the variable's backend, not to the current one.
    if isinstance(value, (list, tuple)):
        from multikeras.ops._values import host_array

        return host_array(value)
    return value


def _compatible(shape: Shape, wanted: Shape) -> bool:
    """Whether shapes that may have unknown sizes can be equal."""
    return len(shape) == len(wanted) and all(a is None or a == b for a, b in zip(shape, wanted, strict=True))


def _first_value(initializer: Any, shape: Any, dtype: Any, name: str) -> tuple[Any, Spec]:
    from multikeras import ops

    if isinstance(initializer, str) or (callable(initializer) and not hasattr(initializer, "shape")):
        from multikeras import initializers

        initializer = initializers.get(initializer)
        if shape is None:
            raise ArgumentError(
                f"A variable that a function initializes is given its shape: {name!r}.", hint="shape=(2, 3)"
            )
        from multikeras.graph.keras_tensor import standardize_shape

        shape = standardize_shape(shape)
        if None in shape:
            raise ShapeError(f"A variable's shape is known: {name!r}.", received=f"shape={shape}")
        dtype = lattice.standardize(dtype)
        value = ops.convert_to_tensor(initializer(shape, dtype=dtype), dtype=dtype)
    else:
        value = ops.convert_to_tensor(initializer, dtype=dtype)
        if isinstance(initializer, np.ndarray) or value is initializer:
            value = current().tensors.copy(value)
    spec = current().tensors.spec_of(value)
    if shape is not None and tuple(shape) != spec.shape:
        raise ShapeError(f"The first value of {name!r} has the variable's shape, {tuple(shape)}.", received=str(spec))
    if spec.dtype == "string":
        raise DTypeError("A variable holds numbers.", received=str(spec))
    return value, spec
