"""LoRA: a frozen kernel with a trained update of low rank.

Source: Hu et al. (2021), "LoRA: Low-rank adaptation of large language models", arXiv:2106.09685, eq. 3.
"""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import NotBuiltError, StateError


class LoraKernel:
    """Mixin of layers with a `_kernel`: `kernel` is that, plus `a @ b * alpha / rank` once LoRA is enabled."""

    lora_rank: int | None
    lora_enabled: bool

    def _start_lora(self, rank: int | None, alpha: float | None) -> None:
        self.lora_rank = rank
        self.lora_alpha = rank if alpha is None else alpha
        self.lora_enabled = False

    def _finish_lora(self) -> None:
        if self.lora_rank:
            self.enable_lora(self.lora_rank, self.lora_alpha)

    @property
    def kernel(self) -> Any:
        """The kernel that the layer computes with."""
        if not self.lora_enabled:
            try:
                return self._kernel  # type: ignore[attr-defined]
            except AttributeError:
                raise NotBuiltError(
                    f"Layer {self.name!r} has its kernel once its input shape is known.",  # type: ignore[attr-defined]
                    hint="layer.build(input_shape)",
                ) from None
        update = ops.matmul(self.lora_kernel_a, self.lora_kernel_b)
        return ops.add(self._kernel, ops.multiply(update, self.lora_alpha / self.lora_rank))  # type: ignore[operator]

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the kernel and train an update of low rank.

        Args:
            rank: The update's rank.
            lora_alpha: The update is scaled by `lora_alpha / rank`; `rank` by default.
            a_initializer: What makes the first factor, of shape (..., inputs, rank).
            b_initializer: What makes the second one, of shape (rank, outputs).

        Raises:
            NotBuiltError: There is no kernel yet.
            StateError: The kernel is constrained, or LoRA is enabled already.
        """
        layer: Any = self
        if not hasattr(layer, "_kernel"):
            raise NotBuiltError(f"LoRA updates a kernel, so {layer.name!r} is built first.", hint="layer.build(shape)")
        if layer.kernel_constraint is not None:
            raise StateError("A kernel with a constraint has no LoRA update.", received=repr(layer.kernel_constraint))
        if self.lora_enabled:
            raise StateError(f"LoRA is enabled once: {layer.name!r}.")
        shape = layer._kernel.shape
        self.lora_kernel_a = layer.add_weight(
            name="lora_kernel_a",
            shape=(*shape[:-1], rank),
            initializer=a_initializer,
            regularizer=layer.kernel_regularizer,
        )
        self.lora_kernel_b = layer.add_weight(
            name="lora_kernel_b",
            shape=(rank, shape[-1]),
            initializer=b_initializer,
            regularizer=layer.kernel_regularizer,
        )
        layer._kernel.trainable = False
        # Thawing the layer trains the update, not the kernel.
        layer._kernel._made_trainable = False
        self.lora_rank = rank
        self.lora_alpha = rank if lora_alpha is None else lora_alpha
        self.lora_enabled = True

    def _lora_config(self) -> dict[str, Any]:
        return {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha} if self.lora_rank else {}

    def _lora_targets(self) -> list[Any]:
        layer: Any = self
        return [layer._kernel] + ([layer.bias] if layer.bias is not None else [])

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Write the kernel, with the update in it, and the bias."""
        if not self.lora_enabled:
            super().save_own_variables(store)  # type: ignore[misc]
            return
        store["0"] = ops.convert_to_numpy(self.kernel)
        for i, variable in enumerate(self._lora_targets()[1:], 1):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assign the kernel and the bias; an update starts from zero."""
        if not self.lora_enabled:
            super().load_own_variables(store)  # type: ignore[misc]
            return
        for i, variable in enumerate(self._lora_targets()):
            variable.assign(store[str(i)])
        self.lora_kernel_b.assign(ops.zeros_like(self.lora_kernel_b))
