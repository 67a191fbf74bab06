"""GroupNormalization: groups of channels with mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.normalization.scale_and_offset import ScaleAndOffset, known_sizes


class GroupNormalization(ScaleAndOffset):
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with the moments of each group of channels of a sample.

    Args:
        groups: How many groups the channels are divided into; -1 for a group for each channel.
        axis: The axis of channels.
        epsilon: A small number under the root.
        center: Whether `beta` is added.
        scale: Whether `gamma` multiplies.
        beta_initializer: What makes `beta`, with an entry for each channel.
        gamma_initializer: What makes `gamma`, with an entry for each channel.
        beta_regularizer: A function of `beta` whose value is added to the loss.
        gamma_regularizer: The same of `gamma`.
        beta_constraint: A function that `beta` passes through after each optimizer step.
        gamma_constraint: The same for `gamma`.

    Raises:
        ArgumentError: The channels can't be divided into so many groups of equal size.
        ShapeError: There is no such axis, or its size is unknown.

    Source: Wu and He (2018), "Group normalization", ECCV, eq. 1 to 7.

    ```python
    >>> import multikeras as keras
    >>> GroupNormalization(groups=2)(keras.ops.array([[1.0, 3.0, 5.0, 9.0]])).round(2).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]

    ```
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
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
        if isinstance(groups, bool) or not hasattr(groups, "__index__") or (groups < 1 and groups != -1):
            raise ArgumentError("`groups` is an integer from 1 on, or -1.", received=repr(groups), hint="groups=32")
        if isinstance(self.axis, list):
            raise ArgumentError("`axis` is an integer.", received=repr(axis), hint="axis=-1")
        self.groups = int(groups)

    def build(self, input_shape: Any) -> None:
        """Make the factor and the summand."""
        (position,), (channels,) = known_sizes(self.axis, input_shape, self.name)
        if self.groups == -1:
            self.groups = channels
        if channels % self.groups or channels < self.groups:
            raise ArgumentError(
                f"The channels of {self.name!r} are divided into groups of equal size.",
                received=f"{channels} channels, groups={self.groups}",
            )
        self._position = position
        self._floats_alone = self.compute_dtype == "float32"
        if self.scale:
            self._make_gamma((channels,))
        if self.center:
            self._make_beta((channels,))
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        outputs = ops.group_normalization(inputs, self.groups, self.gamma, self.beta, self._position, self.epsilon)
        # Integers become floats of the default dtype.
        return outputs if self._floats_alone else ops.cast(outputs, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "groups": self.groups}
