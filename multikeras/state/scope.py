"""Thread-local scopes: name, autocast, stateless and symbolic."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multikeras.state.variable import Variable


class _Scopes(threading.local):
    """What is in force on this thread. `plain` is false as soon as reading a variable needs more than its storage."""

    def __init__(self) -> None:
        # Set on each thread's instance, not on the class: `torch.compile` guards on the instance.
        self.plain = True
        self.stateless: StatelessScope | None = None
        self.autocast: str | None = None
        self.symbolic = False
        self.names: tuple[str, ...] = ()

    def refresh(self) -> None:
        """Recompute `plain`."""
        self.plain = self.stateless is None and self.autocast is None


scopes = _Scopes()


class StatelessScope:
    """A scope in which variables read given values, and assignments are collected instead of stored.

    It makes a pure function of stateful code: pass the values in, read the updates off. Inside another such scope,
    variables without a value in this one have those of the outer one.

    Args:
        state_mapping: Pairs of a variable and the value that it has inside.
        collect_losses: Keep the losses that layers add in `losses`.
        initialize_variables: Whether variables made inside are initialized at once.
        only: When true, reading a variable that is not in the mapping raises `UnlistedVariable`.

    ```python
    >>> import multikeras as keras
    >>> v = keras.Variable([1.0])
    >>> with keras.StatelessScope([(v, keras.ops.array([5.0]))]) as scope:
    ...     _ = v.assign_add([1.0])
    >>> float(scope.get_current_value(v)[0]), float(v.value[0])
    (6.0, 1.0)

    ```
    """

    def __init__(
        self,
        state_mapping: Any = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
        only: bool = False,
    ) -> None:
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.only = only
        self.losses: list[Any] = []
        self.state_mapping: dict[int, Any] = {}
        self.updated: dict[int, Variable] = {}
        pairs = state_mapping.items() if isinstance(state_mapping, dict) else state_mapping or ()
        for variable, value in pairs:
            self.state_mapping[id(variable)] = variable._admit(value)

    def add_loss(self, loss: Any) -> None:
        """Keep a loss that a layer added."""
        self.losses.append(loss)

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Note the new value of a variable."""
        variable, value = update
        self.state_mapping[id(variable)] = value
        self.updated[id(variable)] = variable

    def get_current_value(self, variable: Variable) -> Any:
        """The value that `variable` has inside, or `None` where it has only its own."""
        return self.state_mapping.get(id(variable))

    def __enter__(self) -> StatelessScope:
        outer = self._before = scopes.stateless
        if outer is not None:
            self.state_mapping = outer.state_mapping | self.state_mapping
            self.only = self.only or outer.only
        scopes.stateless = self
        scopes.plain = False
        return self

    def __exit__(self, *exception: object) -> None:
        scopes.stateless = self._before
        scopes.refresh()


class UnlistedVariable(Exception):  # noqa: N818 - a signal between tracing and its caller, never an error of the user's
    """A traced function reads a variable that its caller did not list."""

    def __init__(self, variable: Variable) -> None:
        super().__init__(variable.path)
        self.variable = variable


class SymbolicScope:
    """A scope in which layers know that only shapes and dtypes are being computed."""

    def __enter__(self) -> SymbolicScope:
        self._before = scopes.symbolic
        scopes.symbolic = True
        return self

    def __exit__(self, *exception: object) -> None:
        scopes.symbolic = self._before


class AutoCastScope:
    """A scope in which float variables read as another dtype; `None` switches it off."""

    def __init__(self, dtype: str | None) -> None:
        self.dtype = dtype

    def __enter__(self) -> AutoCastScope:
        self._before = scopes.autocast
        scopes.autocast = self.dtype
        scopes.refresh()
        return self

    def __exit__(self, *exception: object) -> None:
        scopes.autocast = self._before
        scopes.refresh()


class name_scope:  # noqa: N801 - Keras's public name
    """A scope that prefixes the paths of the variables made inside.

    Args:
        name: One part of the path, without "/".

    ```python
    >>> import multikeras as keras
    >>> with keras.name_scope("encoder"):
    ...     keras.Variable([1.0], name="scale").path
    'encoder/scale'

    ```
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        if not isinstance(name, str) or not name or "/" in name:
            from multikeras.errors import ArgumentError

            raise ArgumentError('A name scope is a non-empty string without "/".', received=repr(name))
        self.name = name

    def __enter__(self) -> name_scope:
        self._before = scopes.names
        scopes.names = (*self._before, self.name)
        return self

    def __exit__(self, *exception: object) -> None:
        scopes.names = self._before


def current_path() -> str:
    """The path that the name scopes in force make."""
    return "/".join(scopes.names)
