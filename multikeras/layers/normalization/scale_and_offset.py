"""The factor and the summand that layers put normalized values through: `x * gamma + beta`."""

from __future__ import annotations

from typing import Any

from multikeras import constraints, initializers, regularizers
from multikeras.errors import ArgumentError, ShapeError
from multikeras.layers.layer import Layer
from multikeras.ops._rules import canonical_axes


class ScaleAndOffset(Layer):
    """A layer with `gamma` and `beta`, each of which may be missing.

    Args:
        axis: The axis, or axes, of their entries.
        epsilon: A small number under the root.
        center: Whether `beta` is added.
        scale: Whether `gamma` multiplies.
        beta_initializer: What makes `beta`.
        gamma_initializer: What makes `gamma`.
        beta_regularizer: A function of `beta` whose value is added to the loss.
        gamma_regularizer: The same of `gamma`.
        beta_constraint: A function that `beta` passes through after each optimizer step.
        gamma_constraint: The same for `gamma`.

    Raises:
        ArgumentError: `epsilon` is no number from 0 on.
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
        super().__init__(**kwargs)
        if isinstance(epsilon, bool) or not isinstance(epsilon, (int, float)) or epsilon < 0:
            raise ArgumentError("`epsilon` is a number from 0 on.", received=repr(epsilon), hint="epsilon=1e-3")
        self.axis = checked_axes(axis)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma: Any = None
        self.beta: Any = None
        self.supports_masking = True

    def _make_gamma(self, shape: tuple[int, ...]) -> None:
        self.gamma = self.add_weight(
            name="gamma",
            shape=shape,
            initializer=self.gamma_initializer,
            regularizer=self.gamma_regularizer,
            constraint=self.gamma_constraint,
            autocast=False,
        )

    def _make_beta(self, shape: tuple[int, ...]) -> None:
        self.beta = self.add_weight(
            name="beta",
            shape=shape,
            initializer=self.beta_initializer,
            regularizer=self.beta_regularizer,
            constraint=self.beta_constraint,
            autocast=False,
        )

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"),
            **self._config_of("beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"),
        }


def checked_axes(axis: Any) -> Any:
    """An axis, or a list of axes.

    Raises:
        ArgumentError: It is neither.
    """
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    if not axes or any(isinstance(a, bool) or not hasattr(a, "__index__") for a in axes):
        raise ArgumentError("`axis` is an integer or a list of integers.", received=repr(axis), hint="axis=-1")
    return [int(a) for a in axes] if isinstance(axis, (list, tuple)) else int(axis)


def known_sizes(axis: Any, shape: Any, layer: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Axes counted from the front, in their order, and their sizes.

    Raises:
        ShapeError: There is no such axis, or its size is unknown.
    """
    axes = tuple(sorted(canonical_axes(axis, len(shape))))
    sizes = tuple(shape[i] for i in axes)
    if None in sizes:
        raise ShapeError(
            f"The axes that {layer!r} normalizes have known sizes.", received=f"shape {tuple(shape)}, axis={axis}"
        )
    return axes, sizes


def from_the_end(axes: tuple[int, ...], ndim: int) -> Any:
    """-1 where these are the last axis alone, which kernels are fastest to see; else a tuple."""
    return -1 if axes == (ndim - 1,) else axes


def inner_axes_blocker(axes: Any, ndim: int) -> str | None:
    """Why one kernel can't normalize axes counted from the front, `None` where they are the last ones."""
    if axes == -1 or axes == tuple(range(ndim - len(axes), ndim)):
        return None
    return f"axes {axes} of {ndim} are normalized, and kernels take the last ones"
