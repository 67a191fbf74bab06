"""PReLU: slopes below zero that are trained."""

from __future__ import annotations

from typing import Any

from multikeras import constraints, initializers, ops, regularizers
from multikeras.errors import ShapeError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer


class PReLU(Layer):
    """`x` above zero, `alpha * x` below, with one trained slope for each entry of a sample.

    Args:
        alpha_initializer: What makes the slopes.
        alpha_regularizer: A function of the slopes whose value is added to the loss.
        alpha_constraint: A function that they pass through after each optimizer step.
        shared_axes: Axes along which entries share a slope, the batch axis being 0; such as [1, 2] for images.

    Raises:
        ShapeError: The size of an axis that is not shared is unknown.

    Source: He et al. (2015), "Delving deep into rectifiers", ICCV, eq. 1.

    ```python
    >>> import multikeras as keras
    >>> PReLU(alpha_initializer="ones")(keras.ops.array([[-2.0, 2.0]])).tolist()
    [[-2.0, 2.0]]

    ```
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None:
            shared_axes = list(shared_axes) if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        self.shared_axes = shared_axes
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the slopes."""
        sizes = list(input_shape[1:])
        shared = self.shared_axes or ()
        for axis in shared:
            sizes[axis - 1 if axis > 0 else axis] = 1
        if None in sizes:
            raise ShapeError(
                f"The axes of {self.name!r} that are not shared have known sizes.",
                received=f"input of shape {tuple(input_shape)}, shared_axes={self.shared_axes}",
            )
        self.alpha = self.add_weight(
            name="alpha",
            shape=tuple(sizes),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        own = {i: size for i, size in enumerate(input_shape) if i > 0 and i not in shared} if shared else {}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=own)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The activated inputs."""
        below = ops.multiply(self.alpha, ops.relu(ops.negative(inputs)))
        return ops.subtract(ops.relu(inputs), below)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes"),
        }
