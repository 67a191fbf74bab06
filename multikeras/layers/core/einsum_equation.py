"""Equations of layers: from `"abc,cd->abd"` and an input's shape to the shapes of weights, and to a plain product."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from multikeras.errors import ArgumentError, ShapeError

_FORM = re.compile(r"(0?)([a-zA-Z]+)(0?),([a-zA-Z]+)->(0?)([a-zA-Z]+)(0?)")


class Product(NamedTuple):
    """How an equation is a product of matrices, `x @ kernel`.

    Args:
        contracted: How many last axes of the input are summed over.
        order: The axes of the kernel, those that are summed over first; `None` where they are in this order.
        made: How many last axes of the output the kernel brings.
    """

    contracted: int
    order: tuple[int, ...] | None
    made: int


class Shapes(NamedTuple):
    """What an equation says for an input.

    Args:
        kernel: The kernel's shape.
        bias: The bias's shape, `None` for none.
        output: The output's shape.
        input_axes: The axes of the kernel that are summed over.
        output_axes: Its other axes.
        product: The equation as a product of matrices, `None` where it is none.
    """

    kernel: tuple[int, ...]
    bias: tuple[int, ...] | None
    output: tuple[int | None, ...]
    input_axes: tuple[int, ...]
    output_axes: tuple[int, ...]
    product: Product | None


def read_equation(equation: Any) -> tuple[str, str, str, str]:
    """The letters of input, kernel and output, and on which side of them axes are left out: "left", "right" or "".

    Raises:
        ArgumentError: The equation has none of the known forms.
    """
    found = _FORM.fullmatch(equation.replace(" ", "").replace("...", "0")) if isinstance(equation, str) else None
    if found is None or found[1] != found[5] or found[3] != found[7] or (found[1] and found[3]):
        raise ArgumentError(
            "An equation names the axes of input, kernel and output: `X,Y->Z`, `...X,Y->...Z` or `X...,Y->Z...`.",
            received=repr(equation),
            hint="'abc,cd->abd'",
        )
    return found[2], found[4], found[6], "left" if found[1] else "right" if found[3] else ""


def analyze(equation: Any, bias_axes: str | None, input_shape: Any, output_shape: Any) -> Shapes:
    """The shapes that follow from an equation.

    Args:
        equation: See `read_equation`.
        bias_axes: The letters of the output along which the bias has entries.
        input_shape: The input's shape, with the batch axis.
        output_shape: The sizes of the output behind the batch axis that the equation writes out.

    Raises:
        ArgumentError: The equation is malformed.
        ShapeError: It does not fit the shapes.
    """
    given, weights, made, side = read_equation(equation)
    shape = tuple(input_shape)
    elided = len(shape) - len(given)
    if elided < 0 or (elided > 0 and not side):
        raise ShapeError("An equation names the axes of the input.", received=f"{equation!r}, shape {shape}")
    output: list[int | None] = [shape[0], *output_shape]
    if side == "left":
        output[1:1] = shape[1:elided]
    else:
        output += shape[len(shape) - elided :]
    first = elided if side == "left" else 0
    if side == "left" and elided == 0:
        first = 0
    if len(output) != len(made) + elided:
        raise ShapeError(
            "`output_shape` has a size for each axis of the output but the batch axis and those left out.",
            received=f"{equation!r}, output_shape={tuple(output_shape)}, input of shape {shape}",
        )
    sizes_in = {letter: shape[first + i] for i, letter in enumerate(given)}
    sizes_out = {letter: output[first + i] for i, letter in enumerate(made)}
    for letter, size in sizes_in.items():
        wanted = sizes_out.get(letter)
        if wanted is not None and wanted != size:
            raise ShapeError(
                f"The axis {letter!r} has one size in input and output.",
                received=f"{size} and {wanted} in {equation!r}",
            )
    unknown = (set(made) - set(given) - set(weights)) | (set(weights) - set(given) - set(made))
    if unknown:
        raise ArgumentError(
            "Axes of the output are those of input or kernel, and axes of the kernel those of input or output.",
            received=f"{sorted(unknown)} in {equation!r}",
        )
    kernel = tuple(sizes_out[w] if w in sizes_out else sizes_in[w] for w in weights)
    if None in kernel:
        raise ShapeError(
            "The axes of the kernel have known sizes.", received=f"kernel of shape {kernel} for {equation!r}"
        )
    return Shapes(
        kernel=kernel,  # type: ignore[arg-type] - known by now
        bias=_bias_shape(bias_axes, made, sizes_out, elided if side != "left" else 0),
        output=tuple(output),
        input_axes=tuple(i for i, w in enumerate(weights) if w not in sizes_out),
        output_axes=tuple(i for i, w in enumerate(weights) if w in sizes_out),
        product=_as_product(given, weights, made) if side != "right" or elided == 0 else None,
    )


def _bias_shape(axes: str | None, made: str, sizes: dict[str, int | None], behind: int) -> tuple[int, ...] | None:
    if not axes:
        return None
    missing = [letter for letter in axes if letter not in made]
    if missing:
        raise ArgumentError("`bias_axes` are axes of the output.", received=f"{missing[0]!r}, output {made!r}")
    letters = made[min(made.index(letter) for letter in axes) :]
    shape = tuple(sizes[letter] if letter in axes else 1 for letter in letters) + (1,) * behind
    if None in shape:
        raise ShapeError("The axes of the bias have known sizes.", received=f"bias of shape {shape}")
    return shape  # type: ignore[return-value] - known by now


def _as_product(given: str, weights: str, made: str) -> Product | None:
    """The equation as `x @ kernel`: what is summed over ends the input, what the kernel brings ends the output."""
    summed = [w for w in weights if w not in made]
    brought = [w for w in weights if w in made]
    letters = (given, weights, made)
    if any(len(set(name)) != len(name) for name in letters) or any(w in given for w in brought) or not summed:
        return None
    free = given[: len(given) - len(summed)]
    last_in, last_out = given[len(free) :], made[len(free) :]
    if set(last_in) != set(summed) or set(last_out) != set(brought) or made[: len(free)] != free:
        return None
    order = tuple(weights.index(letter) for letter in last_in + last_out)
    return Product(len(summed), None if order == tuple(range(len(order))) else order, len(brought))


def matrix_shape(kernel: tuple[int, ...], product: Product) -> tuple[int, int]:
    """The shape of the kernel as a matrix, its axes being in the order of the product."""
    sizes = kernel if product.order is None else tuple(kernel[i] for i in product.order)
    return math.prod(sizes[: product.contracted]), math.prod(sizes[product.contracted :])
