"""Muon: steps for matrices with all singular values near 1, and Adam for the rest."""

from __future__ import annotations

import math
import re
from typing import Any

from multikeras import ops
from multikeras.optimizers.bias_correction import gathered
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.variable import Variable


class Muon(Optimizer):
    """`m <- momentum m + g`, `w <- w - rate rms_rate sqrt(max(rows, columns)) U`.

    `U` is the orthogonal factor of `m`. It is approached by iterations `x <- a x + (b y + c y²) x`, `y = x x^T`, of `x`
    divided by its Frobenius norm; with Nesterov's momentum `x` starts from `g + momentum m`. Variables without two
    axes, embeddings and those excluded are moved by Adam.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        adam_beta_1: For Adam, the weight of the past in the mean of gradients.
        adam_beta_2: For Adam, the weight of the past in the mean of their squares.
        adam_weight_decay: The weight decay of what Adam moves.
        epsilon: For Adam, a small number in the denominator.
        weight_decay: The weight decay of matrices.
        clipnorm: See `Optimizer`.
        clipvalue: See `Optimizer`.
        global_clipnorm: See `Optimizer`.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        loss_scale_factor: See `Optimizer`.
        gradient_accumulation_steps: See `Optimizer`.
        name: Its name, made up by default.
        exclude_layers: Patterns; variables whose path contains one are moved by Adam.
        exclude_embeddings: Whether variables with "embedding" in their path are moved by Adam.
        muon_a: The factor `a` of the iterations.
        muon_b: The factor `b`.
        muon_c: The factor `c`.
        adam_lr_ratio: What the learning rate is multiplied by for Adam.
        momentum: How much of the last mean is kept, for matrices.
        ns_steps: How many iterations there are.
        nesterov: Whether the gradient counts as if taken after the momentum's step.
        rms_rate: The root mean square of a step's entries, in units of the rate; `None` leaves steps as they are.

    Source: Jordan et al. (2024), "Muon: an optimizer for hidden layers in neural networks"; Liu et al. (2025), "Muon is
    scalable for LLM training", arXiv:2502.16982, eq. 4, for `rms_rate`.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([[1.0, 0.0], [0.0, 1.0]])
    >>> Muon(0.1, weight_decay=None, ns_steps=20, muon_a=1.5, muon_b=-0.5, muon_c=0.0, rms_rate=None).apply(
    ...     [keras.ops.array([[3.0, 0.0], [0.0, 1.0]])], [w]
    ... )
    >>> w.numpy().astype(float).round(3).tolist()
    [[0.9, 0.0], [0.0, 0.9]]

    ```
    """

    slot_groups = (("momentum", "velocity"),)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Any = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or [])
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _by_adam(self, variable: Variable) -> bool:
        if len(variable.shape) != 2 or (self.exclude_embeddings and "embedding" in variable.path.lower()):
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def make_slot(self, name: str, variable: Variable) -> Variable | None:
        """A new variable to be kept beside a weight; Adam alone needs a velocity."""
        return None if name == "velocity" and not self._by_adam(variable) else super().make_slot(name, variable)

    def decay_of(self, variable: Variable) -> float | None:
        """The share of a weight, times the learning rate, that each step takes off it."""
        if not self._decays(variable):
            return None
        return self.adam_weight_decay if self._by_adam(variable) else self.weight_decay

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """The rate of matrices, and Adam's corrected one."""
        corrected = ops.divide(ops.sqrt(gathered(self.adam_beta_2, step)), gathered(self.adam_beta_1, step))
        return {
            "learning_rate": learning_rate,
            "adam_rate": ops.multiply(ops.multiply(learning_rate, self.adam_lr_ratio), corrected),
        }

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step."""
        m = slots["momentum"]
        if "velocity" in slots:
            v = slots["velocity"]
            m = ops.add(m, ops.multiply(ops.subtract(gradient, m), 1 - self.adam_beta_1))
            v = ops.add(v, ops.multiply(ops.subtract(ops.square(gradient), v), 1 - self.adam_beta_2))
            step = ops.divide(ops.multiply(m, shared["adam_rate"]), ops.add(ops.sqrt(v), self.epsilon))
            return ops.subtract(value, step), {"momentum": m, "velocity": v}
        m = ops.add(ops.multiply(m, self.momentum), gradient)
        ahead = ops.add(gradient, ops.multiply(m, self.momentum)) if self.nesterov else m
        size = 1.0 if self.rms_rate is None else self.rms_rate * math.sqrt(max(value.shape))
        step = ops.multiply(self._orthogonal(ahead), ops.multiply(shared["learning_rate"], size))
        return ops.subtract(value, step), {"momentum": m}

    def _orthogonal(self, x: Any) -> Any:
        """The orthogonal factor of a matrix, nearly; by products of its shorter side."""
        tall = x.shape[0] > x.shape[1]
        if tall:
            x = ops.transpose(x)
        x = ops.divide(x, ops.add(ops.sqrt(ops.sum(ops.square(x))), 1e-7))
        for _ in range(self.ns_steps):
            y = ops.matmul(x, ops.transpose(x))
            y = ops.add(ops.multiply(y, self.muon_b), ops.multiply(ops.matmul(y, y), self.muon_c))
            x = ops.add(ops.multiply(x, self.muon_a), ops.matmul(y, x))
        return ops.transpose(x) if tall else x

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {
            **super().get_config(),
            "adam_beta_1": self.adam_beta_1,
            "adam_beta_2": self.adam_beta_2,
            "adam_weight_decay": self.adam_weight_decay,
            "epsilon": self.epsilon,
            "exclude_layers": self.exclude_layers,
            "exclude_embeddings": self.exclude_embeddings,
            "muon_a": self.muon_a,
            "muon_b": self.muon_b,
            "muon_c": self.muon_c,
            "adam_lr_ratio": self.adam_lr_ratio,
            "momentum": self.momentum,
            "ns_steps": self.ns_steps,
            "nesterov": self.nesterov,
            "rms_rate": self.rms_rate,
        }
