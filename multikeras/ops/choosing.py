"""Entries chosen by conditions, and all of them once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.comparison import where


@rules.rule("promote", casts=("choicelist", "default"))
def _select_rule(condlist: Sequence[Spec], choicelist: Sequence[Spec], default: Any = 0) -> Spec:
    _pairs(condlist, choicelist)
    specs = [*choicelist, default]
    shape = rules.broadcast_shapes(*(spec.shape for spec in (*condlist, *specs)))
    return Spec(shape, rules.same(rules.common(*specs)))


def _pairs(conditions: Sequence[Any], choices: Sequence[Any]) -> None:
    if not conditions or len(conditions) != len(choices):
        raise ArgumentError(
            "There is a choice for each condition, and one at least.",
            received=f"{len(conditions)} conditions, {len(choices)} choices",
        )


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    arrays = np.broadcast_arrays(*condlist, *choicelist, default)
    count = len(condlist)
    result = np.array(arrays[-1], np.result_type(*choicelist, default))
    for i in np.ndindex(*result.shape):
        for condition, choice in zip(arrays[:count], arrays[count:-1], strict=True):
            if condition[i]:
                result[i] = choice[i]
                break
    return result


@composite(
    infer=_select_rule,
    reference=_select,
    cases=[
        case([draw(2, 3, dtype="bool"), draw(2, 3, dtype="bool", salt=1)], [draw(2, 3), draw(2, 3, salt=1)]),
        case([draw(3, dtype="bool")], [draw(2, 3)], 5),
        case([draw(3, dtype="bool")], [draw(3)], default=draw(2, 1)),
        case([draw(4, dtype="int32", low=0, high=1)], [draw(4)]),
        case([draw(2, dtype="bool")], [draw(2, dtype="int32")], 0.5),
        case([draw(0, dtype="bool")], [draw(0)]),
        case([draw(dtype="bool")], [draw()]),
        case([draw(3, dtype="bool")], [draw(3), draw(3)], raises=ArgumentError, match="for each condition"),
        case([], [], raises=ArgumentError, match="one at least"),
        case([draw(3, dtype="bool")], [draw(2)], raises=ShapeError, match="broadcast"),
    ],
    differentiable=("choicelist", "default"),
)
def select(condlist: Sequence[Tensor], choicelist: Sequence[Tensor], default: Tensor = 0) -> Tensor:
    """The entries of the first choice whose condition holds there, `default` where none does.

    Args:
        condlist: Tensors, of bools as a rule; what is not 0 is true.
        choicelist: As many tensors, of any dtypes, that broadcast with these.
        default: A tensor or a number.

    Returns:
        A tensor of the common shape of all, and of the common dtype of the choices and `default`.

    Raises:
        ArgumentError: There is no condition, or not a choice for each.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> select([[True, False, False], [True, True, False]], [[1, 2, 3], [4, 5, 6]], 9).tolist()
    [1, 5, 9]

    ```
    """
    _pairs(condlist, choicelist)
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = where(condition, choice, result)
    return result


@composite(
    infer=rules.elementwise(),
    reference=lambda x: x.copy(),
    cases=[
        case(draw(2, 3)),
        case(draw()),
        case(draw(0, 2)),
        case([1, 2]),
        case([True, False]),
        case(draw(2, dtype="complex64")),
        case([float("nan"), -0.0], gradient=False),
    ],
)
def copy(x: Tensor) -> Tensor:
    """A tensor of its own with the entries of `x`: what changes one of them leaves the other as it is.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor like `x`.

    ```python
    >>> copy([1, 2]).tolist()
    [1, 2]

    ```
    """
    return where(True, x, x)
