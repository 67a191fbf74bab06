"""One of several functions runs, by its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.call import from_specs, without_history
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.comparison import less
from multikeras.ops.control_flow import cond
from multikeras.ops.conversion import cast
from multikeras.ops.looping import alike, filled, strong_spec
from multikeras.ops.shaping import reshape


def check_branches(branches: Any) -> None:
    """Raise unless there is a branch, and every one is a function.

    Raises:
        ArgumentError: Something is no function, or there is none.
    """
    if not isinstance(branches, (list, tuple)) or not branches or not all(map(callable, branches)):
        raise ArgumentError(
            "`branches` is a sequence of functions, at least one.", received=repr(branches), hint="[f, g]"
        )


@rules.rule()
def _switch_rule(index: Spec, branches: Sequence[Callable], operands: list[Spec]) -> list[Spec]:
    check_branches(branches)
    if rules.size_of(index.shape) not in (1, None) or len(index.shape) > 1:
        raise ShapeError("The number of a branch is one value.", received=f"index={index}")
    rules.require("index", index, rules.lattice.INTEGERS | rules.lattice.FLOATS | {"bool"}, "a real dtype", "switch")
    found = []
    for branch in branches:
        outputs = without_history(branch, from_specs([Spec(s.shape, rules.same(s.dtype)) for s in operands]))
        found.append([strong_spec(x) for x in outputs])
    for other in found[1:]:
        if len(other) != len(found[0]) or not all(map(alike, found[0], other)):
            raise StructureError(
                "All branches of a switch return the same structure, shapes and dtypes.",
                received=" and ".join("[" + ", ".join(map(str, row)) + "]" for row in (found[0], other)),
            )
    return found[0]


def _doubled(operands: list[Any]) -> list[Any]:
    return [operands[0] + operands[0]]


def _added(operands: list[Any]) -> list[Any]:
    return [operands[0] + operands[1]]


def _product(operands: list[Any]) -> list[Any]:
    return [operands[0] * operands[1]]


_TWO = [draw(3), draw(3, salt=1)]
_THREE = [_doubled, _added, _product]


@composite(
    name="switch",
    infer=_switch_rule,
    reference=lambda index, branches, operands: branches[int(np.clip(np.reshape(index, ()), 0, len(branches) - 1))](
        operands
    ),
    cases=[
        *(case(index, _THREE, _TWO, dtypes=("float32", "int32")) for index in (0, 1, 2, -1, 7)),
        case([1], _THREE, _TWO, dtypes=("float64",)),
        case(draw(low=2, high=2.5, dtype="float32"), _THREE, _TWO, dtypes=("float32",)),
        case(1, [_product], _TWO, dtypes=("float32",)),
        case([0, 1], _THREE, _TWO, dtypes=("float32",), raises=ShapeError, match="one value"),
        case(0, [], _TWO, dtypes=("float32",), raises=ArgumentError, match="sequence of functions"),
    ],
)
def switch_flat(index: Tensor, branches: Sequence[Callable[..., Any]], operands: Sequence[Tensor]) -> list[Tensor]:
    """`switch` of branches that take and return plain lists of tensors: what backends implement.

    Args:
        index: The number of the branch.
        branches: From a list of tensors to a list of tensors.
        operands: What the branch is called with.

    Returns:
        What it returns.

    Raises:
        ArgumentError, ShapeError, StructureError: As `switch`.

    ```python
    >>> switch_flat(1, [lambda x: [x[0]], lambda x: [x[0] * 2.0]], [3.0])[0].item()
    6.0

    ```
    """
    check_branches(branches)
    place = reshape(cast(index, "int32"), ())

    def pick(first: int, last: int) -> Any:
        if last - first == 1:
            return list(branches[first](list(operands)))
        middle = (first + last) // 2
        return cond(less(place, middle), lambda: pick(first, middle), lambda: pick(middle, last))

    return list(pick(0, len(branches)))


def switch(index: Tensor, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """What one of several functions returns, chosen by its number, which may be a tensor.

    Args:
        index: The number of the branch: a scalar, cut to an integer in [0, len(branches) - 1].
        branches: Functions of the operands. Inside compiled steps all are traced, and must return the same structure,
            shapes and dtypes.
        *operands: What the branch is called with: tensors in any nesting.

    Returns:
        What the branch returns: tensors in any nesting.

    Raises:
        ArgumentError: `branches` is no sequence of functions, or is empty.
        ShapeError: `index` is not one value.
        StructureError: The branches do not return the same structure, shapes and dtypes, where all are traced.

    ```python
    >>> import multikeras as keras
    >>> float(switch(1, [keras.ops.add, keras.ops.subtract], 5.0, 3.0))
    2.0

    ```
    """
    check_branches(branches)
    nested: list[Any] = []

    def flat(branch: Callable) -> Callable:
        def run(leaves: list[Any]) -> list[Any]:
            result = branch(*filled(operands, leaves))
            if not nested:
                # Once: compilers that trace branches apart let them change nothing outside.
                nested.append(result)
            return [x for x in flatten(result) if x is not None]

        return run

    leaves = [x for x in flatten(operands) if x is not None]
    results = switch_flat(index, [flat(branch) for branch in branches], leaves)
    given = iter(results)
    return map_structure(lambda leaf: None if leaf is None else next(given), nested[0])


switch.op = switch_flat.op  # type: ignore[attr-defined]
