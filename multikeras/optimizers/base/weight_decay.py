"""Weight decay apart from the gradient."""

from __future__ import annotations

import re
from typing import Any

from multikeras.errors import StateError
from multikeras.optimizers.base.learning_rate import LearningRate
from multikeras.state.variable import Variable


class WeightDecay(LearningRate):
    """The side of an optimizer that lets weights shrink: `w <- w - rate * weight_decay * w`."""

    weight_decay: float | None

    def _start_weight_decay(self, weight_decay: float | None) -> None:
        self.weight_decay = weight_decay
        self._undecayed: dict[int, Variable] = {}
        self._undecayed_patterns: list[str] = []

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Spare variables from weight decay.

        Args:
            var_list: Variables.
            var_names: Patterns that a variable's name or path contains.

        Raises:
            StateError: The optimizer is built already.
        """
        if self.built:
            raise StateError("What weight decay spares is said before the optimizer is built.")
        self._undecayed |= {id(v): v for v in var_list or ()}
        self._undecayed_patterns += list(var_names or ())

    def decay_of(self, variable: Variable) -> float | None:
        """The share of a weight, times the learning rate, that each step takes off it; `None` for nothing."""
        return self.weight_decay if self._decays(variable) else None

    def _decays(self, variable: Variable) -> bool:
        if id(variable) in self._undecayed:
            return False
        known = (variable.name, variable.path)
        return not any(re.search(pattern, name) for pattern in self._undecayed_patterns for name in known)
