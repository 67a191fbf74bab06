"""LoRA of a table: frozen rows with a trained update of low rank.

Source: Hu et al. (2021), "LoRA: Low-rank adaptation of large language models", arXiv:2106.09685, eq. 3.
"""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import NotBuiltError, StateError


class LoraTable:
    """Mixin of layers with `_embeddings`: `embeddings` is that, plus `a @ b * alpha / rank` once LoRA is enabled."""

    lora_rank: int | None
    lora_enabled: bool

    def _start_lora(self, rank: int | None, alpha: float | None) -> None:
        self.lora_rank = rank
        self.lora_alpha = rank if alpha is None else alpha
        self.lora_enabled = False

    def _finish_lora(self) -> None:
        if self.lora_rank:
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def _lora_config(self) -> dict[str, Any]:
        return {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha} if self.lora_rank else {}

    @property
    def embeddings(self) -> Any:
        """The table that the layer looks up in.

        Raises:
            NotBuiltError: There is none yet.
        """
        layer: Any = self
        if not layer.built:
            raise NotBuiltError(f"Layer {layer.name!r} is built before it has its table.", hint="layer.build()")
        if not self.lora_enabled:
            return layer._embeddings
        return ops.add(layer._embeddings, self._scaled(ops.matmul(self.lora_embeddings_a, self.lora_embeddings_b)))

    def _scaled(self, update: Any) -> Any:
        return ops.multiply(update, self.lora_alpha / self.lora_rank)  # type: ignore[operator]

    def _rows(self, tokens: Any) -> Any:
        """The rows of tokens, without the update of all the others."""
        rows = ops.take(self._embeddings, tokens, 0)  # type: ignore[attr-defined]
        if not self.lora_enabled:
            return rows
        factors = ops.take(self.lora_embeddings_a, tokens, 0)
        return ops.add(rows, self._scaled(ops.matmul(factors, self.lora_embeddings_b)))

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the table and train an update of low rank: `a @ b * lora_alpha / rank`.

        Args:
            rank: The update's rank.
            lora_alpha: Scales the update; `rank` by default.
            a_initializer: What makes the first factor, of shape (input_dim, rank).
            b_initializer: What makes the second one, of shape (rank, output_dim).

        Raises:
            NotBuiltError: There is no table yet.
            StateError: The table is constrained, or LoRA is enabled already.
        """
        layer: Any = self
        if not layer.built:
            raise NotBuiltError(f"LoRA updates a table, so {layer.name!r} is built first.", hint="layer.build()")
        constraint = layer.embeddings_constraint
        if constraint is not None:
            raise StateError("A table with a constraint has no LoRA update.", received=repr(constraint))
        if self.lora_enabled:
            raise StateError(f"LoRA is enabled once: {layer.name!r}.")
        self.lora_embeddings_a = layer.add_weight(
            name="lora_embeddings_a",
            shape=(layer.input_dim, rank),
            initializer=a_initializer,
            regularizer=layer.embeddings_regularizer,
            autocast=False,
        )
        self.lora_embeddings_b = layer.add_weight(
            name="lora_embeddings_b",
            shape=(rank, layer.output_dim),
            initializer=b_initializer,
            regularizer=layer.embeddings_regularizer,
            autocast=False,
        )
        layer._embeddings.trainable = False
        # Thawing the layer trains the update, not the table.
        layer._embeddings._made_trainable = False
        self.lora_rank = rank
        self.lora_alpha = rank if lora_alpha is None else lora_alpha
        self.lora_enabled = True

    def _saved(self) -> list[Any]:
        """The variables of a file, where LoRA's factors are part of the first one."""
        return [self._embeddings]  # type: ignore[attr-defined]

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Write the table, with the update in it."""
        if not self.lora_enabled:
            super().save_own_variables(store)  # type: ignore[misc]
            return
        store["0"] = ops.convert_to_numpy(self.embeddings)
        for i, variable in enumerate(self._saved()[1:], 1):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assign the table; an update starts from zero."""
        if not self.lora_enabled:
            super().load_own_variables(store)  # type: ignore[misc]
            return
        for i, variable in enumerate(self._saved()):
            variable.assign(store[str(i)])
        self.lora_embeddings_b.assign(ops.zeros_like(self.lora_embeddings_b))
