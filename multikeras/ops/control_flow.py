"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.call import without_history
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops import _rules as rules
from multikeras.ops._op import primitive
from multikeras.ops._samples import case
from multikeras.ops._types import Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.conversion import convert_to_tensor


def _strong(x: Any) -> Spec | None:
    if x is None:
        return None
    spec = argument_spec(x, None)
    return Spec(spec.shape, rules.same(spec.dtype))


@rules.rule()
def _cond_rule(pred: Spec, true_fn: Callable, false_fn: Callable) -> Any:
    if rules.size_of(pred.shape) not in (1, None) or len(pred.shape) > 1:
        raise ShapeError("A condition is one value.", received=f"pred={pred}", hint="ops.all(pred)")
    for name, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise ArgumentError(f"`{name}` is a function without arguments.", received=repr(function))
    first, second = without_history(true_fn), without_history(false_fn)
    ours, theirs = ([_strong(x) for x in flatten(outputs)] for outputs in (first, second))
    if len(ours) != len(theirs) or not all(map(_alike, ours, theirs)):
        raise StructureError(
            "Both functions of a condition return the same structure, shapes and dtypes.",
            received=f"{_shown(ours)} and {_shown(theirs)}",
        )
    return map_structure(_strong, first)


def _alike(a: Spec | None, b: Spec | None) -> bool:
    if a is None or b is None:
        return a is b
    return (
        a.dtype == b.dtype
        and len(a.shape) == len(b.shape)
        and all(m == n or m is None or n is None for m, n in zip(a.shape, b.shape, strict=True))
    )


def _shown(specs: list[Any]) -> str:
    return "[" + ", ".join(str(spec) for spec in specs) + "]"


def _two() -> Tensor:
    return convert_to_tensor([1.0, 2.0])


def _other_two() -> Tensor:
    return convert_to_tensor([3.0, 4.0])


def _pair() -> tuple[Tensor, Tensor]:
    return convert_to_tensor(1), convert_to_tensor([0.5])


def _other_pair() -> tuple[Tensor, Tensor]:
    return convert_to_tensor(2), convert_to_tensor([1.5])


@primitive(
    infer=_cond_rule,
    reference=lambda pred, true_fn, false_fn: true_fn() if pred else false_fn(),
    differentiable=False,
    cases=[
        case(True, _two, _other_two),
        case(False, _two, _other_two),
        case([True], _pair, _other_pair, dtypes=("bool",)),
        case(0, _pair, _other_pair),
        case([True, False], _two, _two, dtypes=("bool",), raises=ShapeError, match="one value"),
        case(True, 1.0, _two, raises=ArgumentError, match="function without arguments"),
    ],
)
def cond(pred: Tensor, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """What one of two functions returns, chosen by a condition that may be a tensor.

    Args:
        pred: The condition: a scalar of any real dtype, true where it is not 0.
        true_fn: Called without arguments where `pred` is true.
        false_fn: Called without arguments where it is false. Inside compiled steps both are traced, and must return
            the same structure, shapes and dtypes.

    Returns:
        What that function returns: tensors in any structure.

    Raises:
        ArgumentError: One of them is no function.
        ShapeError: `pred` is not one value.
        StructureError: The functions do not return the same structure, shapes and dtypes, where both are traced.

    ```python
    >>> cond(convert_to_tensor(3.0) > 2.0, lambda: "larger", lambda: "smaller")
    'larger'

    ```
    """
