"""Cross-entropies, entry by entry or class by class: what losses and metrics of classification are made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras import config
from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, IndexRangeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, divide, multiply, negative, subtract
from multikeras.ops.comparison import less, where
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.exponential import log
from multikeras.ops.indexing import take_along_axis
from multikeras.ops.nn.sigmoid import log_sigmoid
from multikeras.ops.nn.softmax import log_softmax
from multikeras.ops.reduction import sum
from multikeras.ops.rounding import clip
from multikeras.ops.shaping import expand_dims, squeeze

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_WIDE = ("float32", "float64")


def _same_shapes(target: Shape, output: Shape) -> Shape:
    """The common shape, with what is known of either."""
    if len(target) != len(output) or any(a != b for a, b in zip(target, output) if a is not None and b is not None):
        raise ShapeError(
            "`target` and `output` have the same shape.", received=f"target {tuple(target)}, output {tuple(output)}"
        )
    return tuple(b if a is None else a for a, b in zip(target, output))


def _held(probability: Any) -> Any:
    """Probabilities away from 0 and 1, of which the logarithm is taken."""
    return clip(probability, config.epsilon(), 1.0 - config.epsilon())


def _binary(target: np.ndarray, output: np.ndarray, from_logits: bool = False) -> np.ndarray:
    def one(t: float, x: float) -> float:
        if from_logits:
            return t * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x)
        p = min(max(x, 1e-7), 1 - 1e-7)
        return -t * math.log(p) - (1 - t) * math.log(1 - p)

    return np.array([one(t, x) for t, x in zip(target.flat, output.flat)], "float64").reshape(target.shape)


@rules.rule(cast="float")
def _binary_rule(target: Spec, output: Spec, from_logits: bool = False) -> Spec:
    return Spec(_same_shapes(target.shape, output.shape), rules.floating(rules.common(target, output)))


@composite(
    infer=_binary_rule,
    reference=_binary,
    cases=[
        case(draw(2, 3, low=0, high=1), draw(2, 3, low=0.1, high=0.9), dtypes=_FLOATS),
        case(draw(2, 3, low=0, high=1), draw(2, 3), from_logits=True),
        case([1, 0, 1], [0.25, 0.25, 0.75]),
        case([1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0], dtypes=("float64",), gradient=False),
        case([1.0, 0.0], [200.0, 200.0], from_logits=True),
        case(draw(0, low=0, high=1), draw(0, low=0.1, high=0.9), dtypes=_FLOATS),
        case([1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0], dtypes=("bfloat16", "float16"), gradient=False, tolerance=32),
        case(draw(2, 3), draw(2, 1, low=0.1, high=0.9), dtypes=_FLOATS, raises=ShapeError, match="same shape"),
        case(draw(2, 3), draw(3, low=0.1, high=0.9), dtypes=_FLOATS, raises=ShapeError, match="same shape"),
    ],
    real=True,
)
def binary_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False) -> Tensor:
    """Cross-entropy of two classes, entry by entry: `-t * ln(p) - (1 - t) * ln(1 - p)`.

    Args:
        target: Probabilities t that are right: a tensor of any dtype, in [0, 1].
        output: Probabilities p that are predicted: a tensor of the same shape, held between `config.epsilon()` and 1
            less that.
        from_logits: Whether `output` holds numbers of which p is the `sigmoid`.

    Returns:
        A floating tensor of that shape, in nats.

    Raises:
        ShapeError: The shapes differ.

    ```python
    >>> binary_crossentropy([1.0, 0.0], [0.0, 0.0], from_logits=True).tolist()
    [0.6931471824645996, 0.6931471824645996]

    ```
    """
    _same_shapes(target.shape, output.shape)
    if from_logits:
        positive = multiply(target, log_sigmoid(output))
        rest = multiply(subtract(1.0, target), log_sigmoid(negative(output)))
    else:
        output = _held(output)
        positive = multiply(target, log(output))
        other = subtract(1.0, output)
        # In 16 bits what is next to 1 is 1.
        rest = multiply(subtract(1.0, target), log(other if dtype(output) in _WIDE else _held(other)))
    return negative(add(positive, rest))


def _log_probability(output: Any, from_logits: bool, axis: int) -> Any:
    if from_logits:
        return log_softmax(output, axis)
    return log(_held(divide(output, sum(output, axis, True))))


def _class_axis(shape: Shape, axis: int) -> int:
    if not shape:
        raise ShapeError("`output` has an axis of classes.", received="a scalar")
    return rules.canonical_axis(axis, len(shape))


def _log_probabilities(row: np.ndarray, from_logits: bool) -> list[float]:
    if from_logits:
        return [x - np.logaddexp.reduce(row) for x in row]
    return [math.log(min(max(p / np.sum(row), 1e-7), 1 - 1e-7)) for p in row]


def _categorical(target: np.ndarray, output: np.ndarray, from_logits: bool = False, axis: int = -1) -> np.ndarray:
    target, output = np.moveaxis(target, axis, -1), np.moveaxis(output, axis, -1)
    result = np.zeros(output.shape[:-1])
    for place in np.ndindex(*result.shape):
        result[place] = -np.dot(target[place], _log_probabilities(output[place], from_logits))
    return result


@rules.rule(cast="float")
def _categorical_rule(target: Spec, output: Spec, from_logits: bool = False, axis: int = -1) -> Spec:
    shape = _same_shapes(target.shape, output.shape)
    place = _class_axis(shape, axis)
    return Spec((*shape[:place], *shape[place + 1 :]), rules.floating(rules.common(target, output)))


@composite(
    infer=_categorical_rule,
    reference=_categorical,
    cases=[
        case(draw(2, 3, low=0, high=1), draw(2, 3, low=0.1, high=0.9), dtypes=_FLOATS),
        case(draw(2, 3, low=0, high=1), draw(2, 3), from_logits=True),
        case(draw(2, 3, 4, low=0, high=1), draw(2, 3, 4), from_logits=True, axis=1),
        case(draw(2, 3, low=0, high=1), draw(2, 3, low=0.1, high=0.9), axis=0, dtypes=_FLOATS),
        case([[0, 1, 0]], [[0.25, 0.5, 0.25]]),
        case([[0.0, 1.0]], [[1.0, 0.0]], dtypes=("float64",), gradient=False),
        case([[0.0, 1.0]], [[1000.0, 0.0]], from_logits=True),
        case(draw(2, 3), draw(2, 1), raises=ShapeError, match="same shape"),
        case(draw(), draw(), raises=ShapeError, match="axis of classes"),
        case(draw(2, 3), draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def categorical_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1) -> Tensor:
    """Cross-entropy of classes along an axis: `-sum(t * ln(p))`.

    Args:
        target: Probabilities t that are right, one-hot as a rule: a tensor of any dtype, in [0, 1].
        output: Probabilities p that are predicted: a tensor of the same shape. They are divided by their sum and held
            between `config.epsilon()` and 1 less that.
        from_logits: Whether `output` holds numbers of which p is the `softmax`.
        axis: The axis of classes.

    Returns:
        A floating tensor of that shape without the axis, in nats.

    Raises:
        ShapeError: The shapes differ, or there is no such axis.

    ```python
    >>> categorical_crossentropy([[0.0, 1.0]], [[0.0, 0.0]], from_logits=True).tolist()
    [0.6931471824645996]

    ```
    """
    _same_shapes(target.shape, output.shape)
    _class_axis(output.shape, axis)
    return negative(sum(multiply(target, _log_probability(output, from_logits, axis)), axis))


def _without_last(target: Shape, output: Shape) -> bool:
    return len(target) == len(output) and len(target) > 0 and target[-1] == 1


def _check_classes(target: Shape, output: Shape, axis: int) -> Shape:
    """The shape of the result: that of `output` without the classes, which `target` has too."""
    place = _class_axis(output, axis)
    expected = (*output[:place], *output[place + 1 :])
    labels = target[:-1] if _without_last(target, output) else target
    if len(labels) != len(expected) or any(a != b for a, b in zip(labels, expected) if a is not None and b is not None):
        raise ShapeError(
            "`target` has the shape of `output` without the axis of classes.",
            received=f"target {tuple(target)}, output {tuple(output)}, axis={axis}",
        )
    return tuple(b if a is None else a for a, b in zip(labels, expected))


@rules.rule(cast="float", casts=("output",))
def _sparse_rule(target: Spec, output: Spec, from_logits: bool = False, axis: int = -1) -> Spec:
    return Spec(_check_classes(target.shape, output.shape, axis), rules.floating(output.dtype))


def _explain_classes(target: np.ndarray, output: np.ndarray, from_logits: bool = False, axis: int = -1) -> None:
    classes = output.shape[axis]
    wrong = (target < 0) | (target >= classes)
    if wrong.any():
        raise IndexRangeError(
            f"A class is one of 0..{classes - 1}, the entries of `output` along its axis of classes.",
            received=f"class {int(target[wrong].flat[0])}",
        )


def _sparse(target: np.ndarray, output: np.ndarray, from_logits: bool = False, axis: int = -1) -> np.ndarray:
    target = np.asarray(target).astype(int)
    if target.ndim == output.ndim:
        target = target[..., 0]
    rows = np.moveaxis(output, axis, -1)
    result = np.zeros(rows.shape[:-1])
    for place in np.ndindex(*result.shape):
        # The one class alone: 0 times that of another, where the sum is 0, would be nan.
        result[place] = -_log_probabilities(rows[place], from_logits)[target[place]]
    return result


@composite(
    infer=_sparse_rule,
    reference=_sparse,
    explain=_explain_classes,
    cases=[
        case([0, 2], draw(2, 3, low=0.1, high=0.9), dtypes=_FLOATS),
        case([0, 2], draw(2, 3), from_logits=True),
        case([[0], [2]], draw(2, 3), from_logits=True),
        case(np.array([2, 1], "uint8"), draw(2, 3), from_logits=True),
        case(np.array([2.0, 1.0], "float32"), draw(2, 3), from_logits=True),
        case(draw(2, 4, low=0, high=2, dtype="int64"), draw(2, 3, 4), from_logits=True, axis=1),
        case(1, draw(3), from_logits=True),
        case([1], [[1.0, 0.0]], dtypes=("float64",), gradient=False),
        case([0, 3], draw(2, 3), from_logits=True, raises=IndexRangeError, match="0..2"),
        case([0, -1], draw(2, 3), from_logits=True, raises=IndexRangeError, match="class -1"),
        case([0, 1, 2], draw(2, 3), raises=ShapeError, match="without the axis of classes"),
        case(0, draw(), raises=ShapeError, match="axis of classes"),
    ],
    differentiable=["output"],
    real=True,
)
def sparse_categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Cross-entropy of classes that are given by number: `-ln(p[target])`.

    Args:
        target: The numbers of the right classes: integers, or floats of which the whole part counts, of the shape of
            `output` without the axis of classes; a last axis of size 1 may follow.
        output: Probabilities p that are predicted: a tensor with an axis of classes. They are divided by their sum and
            held between `config.epsilon()` and 1 less that.
        from_logits: Whether `output` holds numbers of which p is the `softmax`.
        axis: The axis of classes.

    Returns:
        A floating tensor of the shape of `output` without the axis, in nats.

    Raises:
        ShapeError: The shapes do not fit, or there is no such axis.
        IndexRangeError: There is no such class. Inside compiled steps, where classes have no values yet, the result is
            nan.

    ```python
    >>> sparse_categorical_crossentropy([1], [[0.0, 0.0]], from_logits=True).tolist()
    [0.6931471824645996]

    ```
    """
    _check_classes(tuple(target.shape), tuple(output.shape), axis)
    if _without_last(target.shape, output.shape):
        target = squeeze(target, -1)
    if not lattice.is_integer(dtype(target)):
        if lattice.is_complex(dtype(target)):
            raise DTypeError("Classes are real numbers.", received=f"target of {dtype(target)}")
        target = cast(target, "int32")
    log_probability = _log_probability(output, from_logits, axis)
    # Negative numbers are no classes, though they are indices: move them out of range.
    places = where(less(target, 0), output.shape[axis], target)
    chosen = take_along_axis(log_probability, expand_dims(places, axis), axis)
    return negative(squeeze(chosen, axis))
