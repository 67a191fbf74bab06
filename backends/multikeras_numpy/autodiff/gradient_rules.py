"""The table of rules: how each op carries a cotangent back to its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Pull = Callable[..., Any]
"""A rule: `pull(cotangent, kept, *arguments)` is the cotangent of one argument.

`kept` is the op's output, unless the rule has a forward pass of its own. For an op with several outputs both are
sequences, with `None` for an output without a cotangent. For an argument that is a sequence of tensors the rule is also
given `place`, which of them. The result may have the shape of the output where the argument was broadcast to it.

Rules are written in ops and operators, so that gradients have gradients.
"""


class Rules(NamedTuple):
    """The rules of one op.

    Args:
        pulls: By position of the argument.
        forward: Runs in the place of the implementation, on plain arrays, and returns the output and what is to be
            kept in its place; the rules are given `None` for that where tracing is nested.
        needs_arguments: Whether rules look at the values of the arguments; else they are given shapes and dtypes.
        needs_output: Whether rules look at the output; else they are given `None`.
        applies: Called with the arguments of a call of a composite, whether the rules are for it; else its body runs.
    """

    pulls: dict[int, Pull]
    forward: Callable[..., tuple[Any, Any]] | None
    needs_arguments: bool
    needs_output: bool
    applies: Callable[..., bool] | None = None


RULES: dict[str, Rules] = {}

TRANSPARENT: set[str] = set()
"""Ops whose implementations run on traced arrays as they are, for they only call functions that are written in ops."""


def gradient(
    op: Callable,
    forward: Callable[..., tuple[Any, Any]] | None = None,
    /,
    *,
    needs: str = "arguments and output",
    applies: Callable[..., bool] | None = None,
    **pulls: Pull,
) -> None:
    """Give an op its rules, by the names of its parameters.

    Args:
        op: The op.
        forward: See `Rules`.
        needs: What the rules look at besides the cotangent and the shapes and dtypes of the arguments: "arguments and
            output", "arguments", "output" or "nothing". The rest is not kept until they run.
        applies: See `Rules`.
        **pulls: A rule for each parameter through which gradients flow.
    """
    positions = {p.name: p.position for p in op.op.tensor_parameters}  # type: ignore[attr-defined]
    by_position = {positions[name]: pull for name, pull in pulls.items()}
    name = op.op.name  # type: ignore[attr-defined]
    RULES[name] = Rules(by_position, forward, "arguments" in needs, "output" in needs, applies)
