"""AdamW: Adam with weight decay apart from the gradient."""

from __future__ import annotations

from typing import Any

from multikeras.errors import ArgumentError
from multikeras.optimizers.adam import Adam


class AdamW(Adam):
    """`w <- w - rate * weight_decay * w`, then a step of Adam.

    Args:
        learning_rate: A number, a schedule, or a function without arguments.
        weight_decay: The share of each weight, times the learning rate, that is taken off at each step.
        beta_1: The weight of the past in the mean of gradients.
        beta_2: The weight of the past in the mean of their squares.
        epsilon: A small number in the denominator.
        amsgrad: Whether the greatest `v` so far is used.
        clipnorm: See `Optimizer`.
        clipvalue: See `Optimizer`.
        global_clipnorm: See `Optimizer`.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        loss_scale_factor: See `Optimizer`.
        gradient_accumulation_steps: See `Optimizer`.
        name: Its name, made up by default.

    Raises:
        ArgumentError: There is no weight decay.

    Source: Loshchilov, Hutter (2019), "Decoupled weight decay regularization", ICLR, algorithm 2.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([1.0])
    >>> AdamW(0.1, weight_decay=0.1).apply([keras.ops.array([2.0])], [w])
    >>> w.numpy().astype(float).round(3).tolist()
    [0.89]

    ```
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if weight_decay is None:
            raise ArgumentError(
                "AdamW decays weights.", received="weight_decay=None", hint="Adam, or weight_decay=0.004"
            )
        super().__init__(
            learning_rate=learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
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
