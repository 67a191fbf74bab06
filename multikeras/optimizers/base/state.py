"""The variables that an optimizer keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from multikeras import ops
from multikeras.backend.contract import Backend
from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, MixedBackendsError
from multikeras.state.scope import name_scope
from multikeras.state.variable import Variable


class State:
    """The side of an optimizer that makes variables, and knows which belong to which weight."""

    # Names of the variables kept beside each weight. Each group is laid out weight by weight, group after group, as in
    # Keras's files.
    slot_groups: tuple[tuple[str, ...], ...] = ()

    # Whether a step evaluates the loss several times, as a line search does: then it has a method `search`.
    searches: bool | Any = False

    _backend: Backend
    name: str
    built: bool
    use_ema: bool
    gradient_accumulation_steps: int | None

    def _start_state(self) -> None:
        self.built = False
        self._variables: list[Variable] = []
        self._positions: dict[int, int] = {}
        self._trainable_variables: list[Variable] = []
        self._slots: list[dict[str, Variable]] = []
        self._averages: list[Any] = []
        self._accumulators: list[Any] = []
        self._rows: Any = None
        self._fused: Callable[..., Any] | None = None
        with on_backend(self._backend), name_scope(self.name):
            self._iterations = self._track(Variable(0, dtype="int32", trainable=False, name="iteration"))

    def _count_step(self, due: Any) -> None:
        """Add a step to `_iterations`; none where `due`, a scalar tensor or `None`, is false."""
        self._iterations._increase(1 if due is None else ops.cast(due, "int32"))

    def _track(self, variable: Variable) -> Variable:
        self._variables.append(variable)
        return variable

    @property
    def backend(self) -> str:
        """The name of the backend that it belongs to."""
        return self._backend.name

    @property
    def iterations(self) -> Any:
        """How many steps were made; calls that only add gradients up are none."""
        count = self.gradient_accumulation_steps
        return self._iterations // count if count else self._iterations

    @property
    def variables(self) -> list[Variable]:
        """Its variables, the slots among them; not those that it trains."""
        return self._variables[:]

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new variable of the optimizer's own."""
        with on_backend(self._backend), name_scope(self.name):
            return self._track(
                Variable(
                    initializer,
                    shape=shape,
                    dtype=dtype,
                    trainable=False,
                    aggregation=aggregation,
                    layout=layout,
                    name=name,
                )
            )

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A new variable with the shape and dtype of another."""
        label = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        return self.add_variable(reference_variable.shape, initializer, reference_variable._dtype, name=label)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """New variables for each of some variables: a list, or for a list of names as many lists."""
        names = [name] if isinstance(name, str) else list(name)
        makers = list(initializer) if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        if len(makers) != len(names):
            raise ArgumentError("There is one initializer, or one for each name.", received=f"{names}, {makers}")
        columns: tuple[list[Any], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for column, label, maker in zip(columns, names, makers, strict=True):
                plain = variable.overwrite_with_gradient
                column.append(None if plain else self.add_variable_from_reference(variable, label, maker))
        return columns[0] if isinstance(name, str) else columns

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the variables that training `variables` needs.

        Raises:
            MixedBackendsError: One belongs to another backend.
        """
        if self.built:
            return
        variables = list(variables)
        for v in variables:
            if v._backend is not self._backend:
                raise MixedBackendsError(
                    f"An optimizer trains variables of its own backend, {self.backend}.",
                    received=f"{v.path} of {v.backend}",
                )
        self._trainable_variables = variables
        self._positions = {id(v): i for i, v in enumerate(variables)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulators = [self.add_variable_from_reference(v, "gradient_accumulator") for v in variables]
        self._slots = [{} for _ in variables]
        for group in self.slot_groups:
            for slots, variable in zip(self._slots, variables, strict=True):
                for name in group:
                    slot = self.make_slot(name, variable)
                    if slot is not None:
                        slots[name] = slot
        self._fused = self._fused_update()
        self.built = True

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """A new variable to be kept beside a weight, or `None` where this weight needs none of that name."""
        if variable.overwrite_with_gradient:
            return None
        return self.add_variable_from_reference(variable, name, self.slot_initializer(name))

    def slot_initializer(self, name: str) -> Any:
        """What makes the first value of a slot."""
        return "zeros"

    def _fused_update(self) -> Callable[..., Any] | None:
        """The backend's own kernel for this optimizer's formula, or `None`."""
        return None

    def knows(self, variables: Iterable[Variable]) -> bool:
        """Whether it was built for all of some variables."""
        return all(id(v) in self._positions for v in variables)

    def _get_variable_index(self, variable: Variable) -> int:
        return self._positions[id(variable)]
