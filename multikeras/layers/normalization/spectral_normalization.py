"""SpectralNormalization: a kernel whose largest singular value is 1."""

from __future__ import annotations

import math
from typing import Any

from multikeras import initializers, ops
from multikeras.errors import ArgumentError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.core.wrapper import Wrapper
from multikeras.state.variable import Variable


class SpectralNormalization(Wrapper):
    """A layer whose kernel is divided by its largest singular value before each training step.

    The kernel, as a matrix of one column for each output, is replaced by `kernel / sigma`, with
    `sigma = v @ kernel @ u`. `u` and `v` are singular vectors that are worked out a little further at each step,
    `v = normalize(kernel @ u)`, `u = normalize(v @ kernel)`. Gradients are those with respect to the new kernel. A
    kernel of zeros stays as it is.

    Args:
        layer: A layer with a `kernel` or with `embeddings`.
        power_iterations: How often the vectors are worked out further at each step.

    Raises:
        ArgumentError: The number is below 1, or the layer has no kernel.

    Source: Miyato et al. (2018), "Spectral normalization for generative adversarial networks", ICLR, algorithm 1.

    ```python
    >>> import multikeras as keras
    >>> layer = SpectralNormalization(keras.layers.Dense(3), power_iterations=20)
    >>> _ = layer(keras.ops.ones((2, 4)), training=True)
    >>> round(float(keras.ops.norm(layer.layer.kernel, ord=2)), 2)
    1.0

    ```
    """

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        if isinstance(power_iterations, bool) or not hasattr(power_iterations, "__index__") or power_iterations < 1:
            raise ArgumentError(
                "`power_iterations` is an integer from 1 on.", received=repr(power_iterations), hint="1"
            )
        self.power_iterations = int(power_iterations)

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside, and make the singular vector."""
        super().build(input_shape)
        if input_shape is not None and not hasattr(self.layer, "embeddings"):
            self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if not isinstance(kernel, Variable):
            raise ArgumentError(
                "SpectralNormalization wraps a layer with a `kernel` or with `embeddings`.",
                received=f"{self.layer.name!r} of {type(self.layer).__name__}",
            )
        self.kernel = kernel
        columns: int = kernel.shape[-1]  # type: ignore[assignment]
        self._matrix = (math.prod(kernel.shape[:-1]), columns)  # type: ignore[arg-type]
        self.vector_u = self.add_weight(
            name="vector_u",
            shape=(1, columns),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            dtype=kernel.dtype,
            autocast=False,
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The outputs of the layer inside."""
        if training:
            vector, kernel = self.normalized_weights()
            self.vector_u.assign(vector)
            self.kernel.assign(kernel)
        return self.layer(inputs)

    def normalized_weights(self) -> tuple[Any, Any]:
        """The next singular vector, and the normalized kernel."""
        kernel = self.kernel.value
        matrix = ops.reshape(ops.stop_gradient(ops.cast(kernel, self.vector_u.dtype)), self._matrix)
        u = before = self.vector_u.value
        v: Any = None
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(matrix)), None)
            u = ops.normalize(ops.matmul(v, matrix), None)
        sigma = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        zero = ops.all(ops.equal(matrix, 0))
        divisor = ops.cast(ops.where(zero, 1.0, ops.reshape(sigma, ())), ops.dtype(kernel))
        # As far as gradients go, the kernel is the new one.
        change = ops.stop_gradient(ops.subtract(ops.divide(kernel, divisor), kernel))
        return ops.where(zero, before, u), ops.add(kernel, change)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {**super().get_config(), "power_iterations": self.power_iterations}
