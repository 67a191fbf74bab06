"""Calls of a layer as pure functions of the values of its variables."""

from __future__ import annotations

from typing import Any

from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, NotBuiltError
from multikeras.layers.base.calling import Calling
from multikeras.state.scope import StatelessScope


class Stateless(Calling):
    """The side of a layer that changes nothing."""

    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """A call as a pure function of the variables' values.

        Args:
            trainable_variables: Values for `trainable_variables`, in order.
            non_trainable_variables: Values for `non_trainable_variables`, in order.
            args: Arguments of the call.
            return_losses: Whether the layers' losses are returned too.
            kwargs: Keyword arguments of the call.

        Returns:
            `(outputs, non_trainable_variables)`, the latter after the call; with `return_losses` also the losses.

        Raises:
            NotBuiltError: The layer is not built.
        """
        self._check_initialized()
        if not self.built:
            raise NotBuiltError(f"Layer {self.name!r} is built before a stateless call.", hint="layer.build(shape)")
        trainable, others = self.trainable_variables, self.non_trainable_variables
        for variables, values in ((trainable, trainable_variables), (others, non_trainable_variables)):
            if len(variables) != len(values):
                raise ArgumentError(
                    "A stateless call takes one value for each variable.",
                    received=f"{len(values)} values for {len(variables)} variables",
                )
        pairs = [*zip(trainable, trainable_variables, strict=True), *zip(others, non_trainable_variables, strict=True)]
        with on_backend(self._backend), StatelessScope(pairs, collect_losses=return_losses) as scope:
            outputs = self(*args, **kwargs)
            losses = self._own_losses() if return_losses else None
            self._clear_losses()
        updated = [scope.get_current_value(v) for v in others]
        return (outputs, updated, losses) if return_losses else (outputs, updated)
