"""BatchNormalization: features with mean 0 and variance 1 over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import config, constraints, initializers, ops, regularizers
from multikeras.errors import ArgumentError, ShapeError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer
from multikeras.ops._rules import canonical_axis

CLIPPING = ("rmin", "rmax", "dmax")


class BatchNormalization(Layer):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta` for each feature.

    In training, mean and variance are those of the batch, and moving averages of them are kept; else the moving
    averages are used. A layer that is not trainable uses them always.

    Args:
        axis: The axis of features.
        momentum: The weight of the past in the moving averages.
        epsilon: A small number under the root.
        center: Whether `beta` is added.
        scale: Whether `gamma` multiplies.
        beta_initializer: What makes `beta`.
        gamma_initializer: What makes `gamma`.
        moving_mean_initializer: What makes the moving mean.
        moving_variance_initializer: What makes the moving variance.
        beta_regularizer: A function of `beta` whose value is added to the loss.
        gamma_regularizer: The same of `gamma`.
        beta_constraint: A function that `beta` passes through after each optimizer step.
        gamma_constraint: The same for `gamma`.
        renorm: Whether batches are corrected towards the moving averages in training too.
        renorm_clipping: Bounds `rmin`, `rmax` of the factor and `dmax` of the shift of that correction.
        renorm_momentum: The weight of the past in the averages that it uses.
        synchronized: Whether statistics are taken over all replicas.

    Call:
        inputs: A tensor with any axes. `training`: whether to use the batch's statistics. `mask`: the steps that count.

    Raises:
        ArgumentError: An argument is none of these.

    Source: Ioffe, Szegedy (2015), "Batch normalization", ICML, algorithm 1; Ioffe (2017), "Batch renormalization",
    NeurIPS, algorithm 1.

    ```python
    >>> import multikeras as keras
    >>> layer = BatchNormalization()
    >>> layer(keras.ops.array([[0.0], [2.0]]), training=True).round(2).tolist()
    [[-1.0], [1.0]]

    ```
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, bool) or not hasattr(axis, "__index__"):
            raise ArgumentError("`axis` is an integer.", received=repr(axis), hint="axis=-1")
        self.axis = int(axis)
        for name, value in (("momentum", momentum), ("epsilon", epsilon)):
            if not isinstance(value, (int, float)) or value < 0:
                raise ArgumentError(f"`{name}` is a number from 0 on.", received=f"{name}={value!r}")
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.center = center
        self.scale = scale
        self.synchronized = synchronized
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm = renorm
        self.renorm_clipping = _checked_clipping(renorm_clipping)
        self.renorm_momentum = renorm_momentum
        self.gamma: Any = None
        self.beta: Any = None
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        axis = canonical_axis(self.axis, len(input_shape))
        size = input_shape[axis]
        if size is None:
            raise ShapeError(
                f"The feature axis of the input of {self.name!r} has a known size.", received=f"shape {input_shape}"
            )

        def weight(name: str, initializer: Any, trainable: bool = False, **more: Any) -> Any:
            return self.add_weight(
                name=name, shape=(size,), initializer=initializer, trainable=trainable, autocast=False, **more
            )

        if self.scale:
            self.gamma = weight(
                "gamma",
                self.gamma_initializer,
                True,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            self.beta = weight(
                "beta", self.beta_initializer, True, regularizer=self.beta_regularizer, constraint=self.beta_constraint
            )
        self.moving_mean = weight("moving_mean", self.moving_mean_initializer)
        self.moving_variance = weight("moving_variance", self.moving_variance_initializer)
        if self.renorm:

            def deviation(shape: Any, dtype: Any = None) -> Any:
                return ops.sqrt(self.moving_variance_initializer(shape, dtype=dtype))

            self.moving_stddev = weight("moving_stddev", deviation)
            self.renorm_mean = weight("renorm_mean", self.moving_mean_initializer)
            self.renorm_stddev = weight("renorm_stddev", deviation)
        self._reduced = tuple(i for i in range(len(input_shape)) if i != axis)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})
        self.built = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The normalized inputs."""
        # Sums of squares overflow in 16 bits.
        low = self.compute_dtype in ("float16", "bfloat16")
        x = ops.cast(inputs, "float32") if low else inputs
        gamma, beta = self.gamma, self.beta
        if training and self._trainable:
            mean, variance = self._moments(x, mask)
            if self.renorm:
                gamma, beta, variance_of_batch = self._renormalized(mean, variance, gamma, beta)
                variance = variance_of_batch
            else:
                _move(self.moving_mean, mean, self.momentum)
                _move(self.moving_variance, variance, self.momentum)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        outputs = ops.batch_normalization(x, mean, variance, self.axis, beta, gamma, self.epsilon)
        return ops.cast(outputs, self.compute_dtype) if low else outputs

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance of the batch; of the steps that a mask lets count."""
        if mask is None:
            return ops.moments(x, axes=self._reduced, synchronized=self.synchronized)
        if len(mask.shape) != len(x.shape) - 1:
            raise ShapeError(
                f"A mask for {self.name!r} has one axis less than the inputs.",
                received=f"mask of shape {tuple(mask.shape)}, inputs of shape {tuple(x.shape)}",
            )
        weights = ops.cast(ops.broadcast_to(ops.expand_dims(mask, -1), ops.shape(x)), ops.dtype(x))
        count = ops.add(ops.sum(weights, axis=self._reduced, keepdims=True), config.epsilon())
        mean = ops.divide(ops.sum(ops.multiply(x, weights), axis=self._reduced, keepdims=True), count)
        squares = ops.multiply(ops.square(ops.subtract(x, mean)), weights)
        variance = ops.divide(ops.sum(squares, axis=self._reduced, keepdims=True), count)
        return ops.squeeze(mean, self._reduced), ops.squeeze(variance, self._reduced)

    def _renormalized(self, mean: Any, variance: Any, gamma: Any, beta: Any) -> tuple[Any, Any, Any]:
        """The correction `x * r + d`, folded into `gamma` and `beta`; moves the averages.

        `r = clip(stddev / renorm_stddev)`, `d = clip((mean - renorm_mean) / renorm_stddev)`, both without gradient.
        """
        stddev = ops.sqrt(ops.add(variance, self.epsilon))
        mean_before, stddev_before = self.renorm_mean.value, ops.maximum(self.renorm_stddev, self.epsilon**0.5)
        r = ops.divide(stddev, stddev_before)
        d = ops.divide(ops.subtract(mean, mean_before), stddev_before)
        bounds = self.renorm_clipping
        if bounds.get("rmin") is not None:
            r = ops.maximum(r, bounds["rmin"])
        if bounds.get("rmax") is not None:
            r = ops.minimum(r, bounds["rmax"])
        if bounds.get("dmax") is not None:
            d = ops.clip(d, -bounds["dmax"], bounds["dmax"])
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        shift = d if gamma is None else ops.multiply(d, gamma)
        factor = r if gamma is None else ops.multiply(r, gamma)
        _move(self.renorm_mean, mean, self.renorm_momentum)
        _move(self.renorm_stddev, stddev, self.renorm_momentum)
        _move(self.moving_mean, mean, self.momentum)
        _move(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.assign(ops.subtract(ops.square(self.moving_stddev), self.epsilon))
        return factor, shift if beta is None else ops.add(shift, beta), variance

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of(
                "axis", "momentum", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"
            ),
            **self._config_of("moving_mean_initializer", "moving_variance_initializer", "beta_regularizer"),
            **self._config_of("gamma_regularizer", "beta_constraint", "gamma_constraint", "synchronized", "renorm"),
            "renorm_clipping": self.renorm_clipping or None,
            "renorm_momentum": self.renorm_momentum,
        }


def _move(average: Any, value: Any, momentum: float) -> None:
    """`average * momentum + value * (1 - momentum)`, stored."""
    value = ops.stop_gradient(value)
    average.assign(ops.add(ops.multiply(average, momentum), ops.multiply(value, 1.0 - momentum)))


def _checked_clipping(clipping: Any) -> dict[str, float]:
    bounds = dict(clipping or {})
    unknown = set(bounds) - set(CLIPPING)
    if unknown:
        raise ArgumentError(f"`renorm_clipping` has the keys {', '.join(CLIPPING)}.", received=repr(clipping))
    low, high = bounds.get("rmin"), bounds.get("rmax")
    numbers = [b for b in bounds.values() if b is not None]
    if any(not np.isfinite(b) or b < 0 for b in numbers) or (low is not None and high is not None and low > high):
        raise ArgumentError("The bounds of `renorm_clipping` are from 0 on, rmin below rmax.", received=repr(clipping))
    return bounds
