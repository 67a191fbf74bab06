"""DropoutCell: the masks by which a cell drops inputs and states, the same ones in all steps of a sequence."""

from __future__ import annotations

from typing import Any

from multikeras import ops, random
from multikeras.errors import ArgumentError
from multikeras.graph.keras_tensor import KerasTensor


def check_rate(name: str, rate: Any) -> float:
    """A rate of dropout.

    Raises:
        ArgumentError: It is no probability.
    """
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise ArgumentError(f"`{name}` is a probability in [0, 1].", received=f"{name}={rate!r}", hint=f"{name}=0.2")
    return rate


class DropoutCell:
    """What cells with dropout share.

    A mask that was drawn is kept until it is reset, so that a cell that is called by itself, step by step, drops the
    same entries in each. A layer draws its own for each call, and hands them to the steps.

    Source: Gal and Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent Neural Networks", 2016.
    """

    dropout: float
    recurrent_dropout: float
    seed_generator: Any
    # How many masks are drawn: one for all gates, or one for each.
    dropout_mask_count: int | None = None

    _dropout_mask: Any = None
    _recurrent_dropout_mask: Any = None

    # Whether `call` is the step below with masks, and nothing else.
    _calls_step = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "_step" in own or "call" in own:
            cls._calls_step = "_step" in own

    def _step(self, inputs: Any, states: Any, masks: tuple[Any, Any]) -> tuple[Any, list[Any]]:
        """Output and states after a step, entries being dropped by masks of the inputs and the first state."""
        raise NotImplementedError

    def _prepare_dropout(self, dropout: Any, recurrent_dropout: Any, seed: int | None) -> None:
        self.dropout = check_rate("dropout", dropout)
        self.recurrent_dropout = check_rate("recurrent_dropout", recurrent_dropout)
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed) if dropout or recurrent_dropout else None

    def _draw_mask(self, like: Any, rate: float) -> Any:
        """Zeros and `1 / (1 - rate)` in the shape of a tensor: one mask, or a list of them."""
        ones = ops.ones_like(like)
        if self.dropout_mask_count is None:
            return random.dropout(ones, rate, seed=self.seed_generator)
        return [random.dropout(ones, rate, seed=self.seed_generator) for _ in range(self.dropout_mask_count)]

    def _draw_masks(self, inputs: Any, state: Any, training: Any) -> tuple[Any, Any]:
        """New masks of one step's input and of the state, `None` for nothing to drop."""
        # A rate of 1 leaves nothing to learn from, and drops nothing, as in Keras.
        return (
            self._draw_mask(inputs, self.dropout) if training and 0 < self.dropout < 1 else None,
            self._draw_mask(state, self.recurrent_dropout) if training and 0 < self.recurrent_dropout < 1 else None,
        )

    def _kept_masks(self, inputs: Any, state: Any, training: Any) -> tuple[Any, Any]:
        """The masks that are kept, drawn where there are none yet."""
        if not training or isinstance(inputs, KerasTensor):
            return None, None
        return (
            self.get_dropout_mask(inputs) if 0 < self.dropout < 1 else None,
            self.get_recurrent_dropout_mask(state) if 0 < self.recurrent_dropout < 1 else None,
        )

    def get_dropout_mask(self, step_input: Any) -> Any:
        """The mask of the inputs, `None` without dropout.

        Args:
            step_input: One step's input, whose shape the mask gets.
        """
        if self._dropout_mask is None and self.dropout > 0:
            self._dropout_mask = self._draw_mask(step_input, self.dropout)
        return self._dropout_mask

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """The mask of the state, `None` without dropout.

        Args:
            step_input: A state, whose shape the mask gets.
        """
        if self._recurrent_dropout_mask is None and self.recurrent_dropout > 0:
            self._recurrent_dropout_mask = self._draw_mask(step_input, self.recurrent_dropout)
        return self._recurrent_dropout_mask

    def reset_dropout_mask(self) -> None:
        """Forget the mask of the inputs: the next call draws another."""
        self._dropout_mask = None

    def reset_recurrent_dropout_mask(self) -> None:
        """Forget the mask of the state."""
        self._recurrent_dropout_mask = None
