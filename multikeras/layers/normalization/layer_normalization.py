"""LayerNormalization: entries of a sample with mean 0 and variance 1."""

from __future__ import annotations

import warnings
from typing import Any

from multikeras import ops
from multikeras.layers.normalization.scale_and_offset import (
    ScaleAndOffset,
    from_the_end,
    inner_axes_blocker,
    known_sizes,
)


class LayerNormalization(ScaleAndOffset):
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with the moments over some axes of each sample.

    Args:
        axis: The axis, or axes, over which the moments are taken; `gamma` and `beta` have their sizes.
        epsilon: A small number under the root.
        center: Whether `beta` is added.
        scale: Whether `gamma` multiplies.
        beta_initializer: What makes `beta`.
        gamma_initializer: What makes `gamma`.
        beta_regularizer: A function of `beta` whose value is added to the loss.
        gamma_regularizer: The same of `gamma`.
        beta_constraint: A function that `beta` passes through after each optimizer step.
        gamma_constraint: The same for `gamma`.
        **kwargs: `rms_scaling`, deprecated: leave out the mean of the numerator and `beta`. Use `RMSNormalization`.

    Raises:
        ArgumentError: An argument is none of these.
        ShapeError: There is no such axis, or its size is unknown.

    Source: Ba, Kiros, Hinton (2016), "Layer normalization", arXiv:1607.06450, eq. 4.

    ```python
    >>> import multikeras as keras
    >>> LayerNormalization()(keras.ops.array([[1.0, 3.0]])).round(2).tolist()
    [[-1.0, 1.0]]

    ```
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        rms_scaling = bool(kwargs.pop("rms_scaling", False))
        super().__init__(
            axis=axis,
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        if rms_scaling:
            warnings.warn("`rms_scaling` is deprecated: use RMSNormalization.", DeprecationWarning, stacklevel=2)
        self.rms_scaling = rms_scaling

    def build(self, input_shape: Any) -> None:
        """Make the factor and the summand."""
        axes, sizes = known_sizes(self.axis, input_shape, self.name)
        if self.scale or self.rms_scaling:
            self._make_gamma(sizes)
        if self.center and not self.rms_scaling:
            self._make_beta(sizes)
        self._axes, self._ndim = from_the_end(axes, len(input_shape)), len(input_shape)
        self._floats_alone = self.compute_dtype == "float32"
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        if self.rms_scaling:
            outputs = self._scaled_only(inputs)
        else:
            outputs = ops.layer_normalization(inputs, self.gamma, self.beta, self._axes, self.epsilon)
        # Integers become floats of the default dtype.
        return outputs if self._floats_alone else ops.cast(outputs, self.compute_dtype)

    def _scaled_only(self, inputs: Any) -> Any:
        with warnings.catch_warnings():
            # The user was warned when the layer was made.
            warnings.simplefilter("ignore", DeprecationWarning)
            return ops.layer_normalization(inputs, self.gamma, None, self._axes, self.epsilon, rms_scaling=True)

    @property
    def kernel_reason(self) -> str | None:
        """Why calls do not reach one kernel, `None` where they do."""
        return inner_axes_blocker(self._axes, self._ndim) if self.built else None

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "rms_scaling": self.rms_scaling}
