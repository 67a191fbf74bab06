"""The learning rate of an optimizer: a variable, a schedule or a function."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError
from multikeras.optimizers.base.state import State
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from multikeras.state.scope import name_scope
from multikeras.state.variable import Variable


class LearningRate(State):
    """The side of an optimizer that knows how far to go."""

    def _start_learning_rate(self, learning_rate: Any) -> None:
        with on_backend(self._backend), name_scope(self.name):
            self._learning_rate: Any = self._learning_rate_holder(learning_rate)

    def _learning_rate_holder(self, learning_rate: Any) -> Any:
        if isinstance(learning_rate, dict):
            from multikeras.optimizers import schedules

            learning_rate = schedules.deserialize(learning_rate)
        if isinstance(learning_rate, LearningRateSchedule) or callable(learning_rate):
            return learning_rate
        if isinstance(learning_rate, bool) or not isinstance(learning_rate, (int, float, np.generic, np.ndarray)):
            raise ArgumentError(
                "The learning rate is a number, a schedule or a function.", received=repr(learning_rate), hint="0.001"
            )
        return self._track(Variable(float(learning_rate), dtype="float32", trainable=False, name="learning_rate"))

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a variable, or the value of the schedule at this step."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return rate(self._iterations)
        return rate if isinstance(rate, Variable) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        held = self._learning_rate
        if isinstance(held, LearningRateSchedule) and not isinstance(value, LearningRateSchedule):
            raise ArgumentError(
                "The learning rate follows a schedule, and can't be set.", hint="learning_rate=0.001 in the constructor"
            )
        if isinstance(held, Variable) and not callable(value):
            held.assign(value)
        else:
            if isinstance(held, Variable):
                self._variables = [v for v in self._variables if v is not held]
            self._start_learning_rate(value)
