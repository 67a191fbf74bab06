"""Rows: the weights that one call of an optimizer moves, and what is known of them before."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

from multikeras.errors import ArgumentError, MixedBackendsError, StateError
from multikeras.ops._owners import owner_of
from multikeras.state.variable import Variable


class Rows:
    """The weights that one call moves. They are the same at every step of a training, so that it is made once.

    Args:
        optimizer: The optimizer, which is built.
        given: The variables that it was called with, in order.
        present: Whether each of them has a gradient.
    """

    def __init__(self, optimizer: Any, given: list[Variable], present: list[bool]) -> None:
        unknown = [v for v in given if id(v) not in optimizer._positions]
        if unknown:
            raise StateError(
                "An optimizer trains the variables that it was built for.",
                received=unknown[0].path,
                hint="a new optimizer",
            )
        if not any(present):
            raise ArgumentError("At least one variable has a gradient.", received="None for every variable")
        self.given = given
        self.complete = all(present)
        places = [i for i, there in enumerate(present) if there]
        self.overwritten = [i for i in places if given[i].overwrite_with_gradient]
        self.moved = [i for i in places if not given[i].overwrite_with_gradient]
        self.whole = self.complete and not self.overwritten
        self.variables = [given[i] for i in self.moved]
        self.slots = [optimizer._slots[optimizer._positions[id(v)]] for v in self.variables]
        self.accumulators = [a[1] for a in _beside(optimizer, optimizer._accumulators, self.variables)]
        self.decays = [optimizer.decay_of(v) or None for v in self.variables]
        self.dtypes = {
            dtype: [i for i, v in enumerate(self.variables) if v._dtype == dtype]
            for dtype in dict.fromkeys(v._dtype for v in self.variables)
        }
        self.decay = optimizer.weight_decay

    def serve(self, optimizer: Any, grads: list[Any], variables: Any) -> bool:
        """Whether these are the rows of another call too: as many tensors as gradients, of the same variables."""
        if not self.complete or len(grads) != len(self.given) or optimizer.weight_decay != self.decay:
            return False
        if variables is not None and (
            type(variables) is not list or len(variables) != len(grads) or not all(map(is_, variables, self.given))
        ):
            return False
        types = optimizer._backend.tensors.types
        for gradient in grads:
            if not isinstance(gradient, types):
                return False
        return True

    @property
    def touched(self) -> list[Variable]:
        """The weights and all that is kept beside them."""
        return [*self.variables, *(s for slots in self.slots for s in slots.values())]


def _beside(optimizer: Any, kept: list[Any], variables: list[Variable]) -> list[tuple[Variable, Variable]]:
    """Pairs of a weight and what is kept beside it, where it is."""
    return [(v, kept[optimizer._positions[id(v)]]) for v in variables] if kept else []


def given_variables(optimizer: Any, grads: Sequence[Any], trainable_variables: Any) -> list[Variable]:
    """The variables of a call, for which the optimizer is built if it was not yet.

    Raises:
        StateError: No variables are known yet.
        ArgumentError: There are more or fewer gradients than variables.
    """
    if trainable_variables is None:
        if not optimizer.built:
            raise StateError("An optimizer is built before it is given gradients alone.", hint="optimizer.build(vs)")
        trainable_variables = optimizer._trainable_variables
    variables = list(trainable_variables)
    if len(grads) != len(variables):
        raise ArgumentError(
            "There is a gradient for each variable.", received=f"{len(grads)} for {len(variables)} variables"
        )
    if not optimizer.built:
        optimizer.build(variables)
    return variables


def plan(optimizer: Any, grads: Sequence[Any], trainable_variables: Any) -> tuple[list[Any], Rows]:
    """The gradients as tensors of the optimizer's own backend, and the rows that they move.

    Raises:
        StateError: No variables are known yet, or one is unknown.
        ArgumentError: There are more or fewer gradients than variables, or all are `None`.
        MixedBackendsError: A gradient belongs to another backend.
    """
    variables = given_variables(optimizer, grads, trainable_variables)
    types = optimizer._backend.tensors.types
    own = [g if g is None or isinstance(g, types) else _own(optimizer, g) for g in grads]
    return own, Rows(optimizer, variables, [g is not None for g in own])


def _own(optimizer: Any, gradient: Any) -> Any:
    if hasattr(gradient, "__multikeras_tensor__"):
        # Rows of a gradient, or whatever else a framework has in the place of a tensor.
        return gradient.__multikeras_tensor__()
    owner = owner_of(type(gradient))
    if owner is not None:
        raise MixedBackendsError(
            f"An optimizer takes gradients of its own backend, {optimizer.backend}.",
            received=f"a tensor of {owner.name}",
            hint="multikeras.ops.convert_to_numpy(gradient)",
        )
    return gradient
