"""InputSpec: what a layer demands of an input's shape and dtype."""

from __future__ import annotations

from typing import Any

from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError, StructureError
from multikeras.graph.keras_tensor import standardize_shape


class InputSpec:
    """Demands on one input of a layer. Whatever is `None` is not checked.

    Args:
        dtype: Its dtype.
        shape: Its shape; `None` sizes are free.
        ndim: Its number of axes.
        max_ndim: The greatest number of axes.
        min_ndim: The least number of axes.
        axes: Sizes by axis, `{-1: 64}`.
        allow_last_axis_squeeze: Whether a last axis of size 1 may be missing or be there besides.
        name: The key that it has in a dict of inputs.
        optional: Whether the input may be `None`.

    ```python
    >>> InputSpec(min_ndim=2, axes={-1: 4})
    InputSpec(min_ndim=2, axes={-1: 4})

    ```
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = lattice.standardize(dtype) if dtype is not None else None
        self.shape = standardize_shape(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional
        try:
            self.axes = {int(k): axes[k] for k in axes} if axes else {}
        except (TypeError, ValueError) as error:
            raise ArgumentError(
                "axes is a dict of sizes by axis.", received=repr(axes), hint="axes={-1: 64}"
            ) from error
        limit = self.ndim if self.ndim is not None else self.max_ndim
        if self.axes and limit is not None and max(self.axes) > limit - 1:
            raise ArgumentError(
                "axes names axes that an input can have.", received=f"axes={axes}, {limit} axes at most"
            )

    def __repr__(self) -> str:
        shown = [f"{k}={v!r}" for k, v in self.get_config().items() if v not in (None, {}, False)]
        if self.shape is not None:
            shown = [s for s in shown if not s.startswith("ndim=")]
        return f"InputSpec({', '.join(shown)})"

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal spec."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
            "optional": self.optional,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """The spec of a `get_config`."""
        return cls(**config)

    def check(self, shape: tuple[Any, ...], dtype: str, layer: str) -> None:
        """Raise unless an input fulfils the demands.

        Raises:
            ShapeError: Its shape does not.
            DTypeError: Its dtype does not.
        """
        ndim = len(shape)
        received = f"{dtype}{shape}"
        if self.ndim is not None and ndim != self.ndim and not self._squeezes(shape):
            raise ShapeError(f"Layer {layer!r} takes inputs with {self.ndim} axes.", received=received)
        if self.max_ndim is not None and ndim > self.max_ndim:
            raise ShapeError(f"Layer {layer!r} takes inputs with at most {self.max_ndim} axes.", received=received)
        if self.min_ndim is not None and ndim < self.min_ndim:
            hint = "ops.expand_dims(x, 0), if x is one sample" if ndim == self.min_ndim - 1 else None
            raise ShapeError(
                f"Layer {layer!r} takes inputs with at least {self.min_ndim} axes.", received=received, hint=hint
            )
        if self.dtype is not None and dtype != self.dtype:
            raise DTypeError(f"Layer {layer!r} takes inputs of dtype {self.dtype}.", received=received)
        for axis, size in self.axes.items():
            if size is not None and -ndim <= axis < ndim and shape[axis] not in (size, None):
                raise ShapeError(f"Layer {layer!r} takes inputs of size {size} along axis {axis}.", received=received)
        if self.shape is not None and ndim == len(self.shape):
            for have, wanted in zip(shape, self.shape, strict=True):
                if wanted is not None and have is not None and have != wanted:
                    raise ShapeError(f"Layer {layer!r} takes inputs of shape {self.shape}.", received=received)

    def _squeezes(self, shape: tuple[Any, ...]) -> bool:
        if not self.allow_last_axis_squeeze or self.shape is None:
            return False
        longer, shorter = (shape, self.shape) if len(shape) > len(self.shape) else (self.shape, shape)
        return len(longer) == len(shorter) + 1 and longer[-1] == 1


def check_all(specs: Any, inputs: Any, layer: str) -> None:
    """Check the inputs of a layer against its `input_spec`: one, or nested like the inputs.

    Raises:
        StructureError: There are more or fewer inputs than specs.
        ShapeError, DTypeError: An input does not fulfil its spec.
    """
    from multikeras.graph.operation import flatten
    from multikeras.ops._values import argument_spec

    if isinstance(specs, dict) and isinstance(inputs, dict):
        missing = [k for k in specs if k not in inputs and not specs[k].optional]
        if missing:
            raise StructureError(
                f"Layer {layer!r} takes a dict with the keys {list(specs)}.", received=f"keys {list(inputs)}"
            )
        pairs = [(specs[k], inputs.get(k)) for k in specs]
    else:
        flat_specs = [s for s in flatten(specs) if s is not None] if not isinstance(specs, InputSpec) else [specs]
        flat_inputs = flatten(inputs)
        if len(flat_inputs) != len(flat_specs):
            raise StructureError(
                f"Layer {layer!r} takes {len(flat_specs)} input{'s' if len(flat_specs) != 1 else ''}.",
                received=f"{len(flat_inputs)} inputs",
            )
        pairs = list(zip(flat_specs, flat_inputs, strict=True))
    for spec, x in pairs:
        if x is None:
            if not spec.optional:
                raise StructureError(f"Layer {layer!r} takes a tensor for each input.", received="None")
            continue
        found = argument_spec(x, None)
        spec.check(tuple(found.shape), found.dtype, layer)
