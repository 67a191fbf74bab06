"""Loss of sequences of labels whose places in the input are not known."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._indices import require_indices
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, negative
from multikeras.ops.comparison import equal, greater, less, not_equal, where
from multikeras.ops.conversion import cast, shape
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.creation import full_like, zeros_like
from multikeras.ops.indexing import take_along_axis
from multikeras.ops.joining import concatenate, stack
from multikeras.ops.looping import scan_flat
from multikeras.ops.nn.softmax import log_softmax, logsumexp
from multikeras.ops.ranges import arange
from multikeras.ops.rounding import maximum
from multikeras.ops.shaping import expand_dims, reshape, transpose

# The logarithm of 0, but for gradients, which infinity has none of.
_NEVER = -1e30


@rules.rule(cast="float", casts=("output",))
def _ctc_rule(target: Spec, output: Spec, target_length: Spec, output_length: Spec, mask_index: int = 0) -> Spec:
    for name, spec in (("target", target), ("target_length", target_length), ("output_length", output_length)):
        require_indices(name, spec, "ctc_loss")
    shown = f"target={target}, output={output}, target_length={target_length}, output_length={output_length}"
    if [len(s.shape) for s in (target, output, target_length, output_length)] != [2, 3, 1, 1]:
        raise ShapeError(
            "The shapes are (batch, labels), (batch, steps, classes), (batch,) and (batch,).", received=shown
        )
    batch: int | None = None
    for spec in (target, output, target_length, output_length):
        size = spec.shape[0]
        if batch is not None and size is not None and size != batch:
            raise ShapeError("All of them have the same number of samples.", received=shown)
        batch = size if batch is None else batch
    return Spec((batch,), rules.floating(output.dtype))


def _explain_lengths(
    target: np.ndarray, output: np.ndarray, target_length: np.ndarray, output_length: np.ndarray, mask_index: int = 0
) -> None:
    for name, lengths, most in (
        ("target_length", target_length, target.shape[1]),
        ("output_length", output_length, output.shape[1]),
    ):
        if ((lengths < 0) | (lengths > most)).any():
            raise ArgumentError(
                f"A `{name}` is from 0 to the size of the axis.", received=f"{lengths.tolist()}, {most} entries"
            )


def _ctc_loss(
    target: np.ndarray, output: np.ndarray, target_length: np.ndarray, output_length: np.ndarray, mask_index: int = 0
) -> np.ndarray:
    """The forward variables of each sample, number by number, as probabilities."""
    losses = []
    for labels, logits, count, steps in zip(target, output, target_length, output_length, strict=True):
        p = np.exp(logits - logits.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        extended = [mask_index]
        for label in labels[:count]:
            extended += [int(label), mask_index]
        alpha = np.zeros(len(extended))
        alpha[0] = 1.0
        for t in range(steps):
            new = np.zeros(len(extended))
            for s, label in enumerate(extended):
                ways = alpha[s]
                if t == 0:
                    ways = 1.0 if s < 2 else 0.0
                elif s > 0:
                    ways += alpha[s - 1]
                    if s > 1 and s % 2 == 1 and label != extended[s - 2]:
                        ways += alpha[s - 2]
                new[s] = ways * p[t, label]
            alpha = new
        total = alpha[-1] + (alpha[-2] if count else 0.0)
        with np.errstate(divide="ignore"):
            losses.append(-np.log(total))
    return np.asarray(losses)


_TARGET = np.array([[1, 2, 2], [3, 1, 0]], np.int32)


@composite(
    infer=_ctc_rule,
    explain=_explain_lengths,
    reference=_ctc_loss,
    differentiable=("output",),
    cases=[
        case(
            _TARGET, draw(2, 6, 4), np.array([3, 2], np.int32), np.array([6, 5], np.int32),
            dtypes=("float32", "float64", "float16", "bfloat16"), tolerance=32,
        ),
        case(
            _TARGET, draw(2, 5, 5), np.array([3, 0], np.int32), np.array([5, 3], np.int32), mask_index=4,
            dtypes=("float32", "float64"), tolerance=32,
        ),
        case(
            np.array([[1, 1]], np.int32), draw(1, 3, 3), np.array([2], np.int32), np.array([2], np.int32),
            dtypes=("float32",), gradient=False,
        ),
        case(
            _TARGET, draw(2, 6), np.array([3, 2], np.int32), np.array([6, 5], np.int32),
            dtypes=("float32",), raises=ShapeError, match="steps, classes",
        ),
        case(
            _TARGET, draw(3, 6, 4), np.array([3, 2], np.int32), np.array([6, 5], np.int32),
            dtypes=("float32",), raises=ShapeError, match="number of samples",
        ),
    ],
)  # fmt: skip
def ctc_loss(
    target: Tensor, output: Tensor, target_length: Tensor, output_length: Tensor, mask_index: int = 0
) -> Tensor:
    """Minus the logarithm of the probability that the steps spell the labels, blanks and repetitions left out.

    16-bit floats are computed with in 32 bits.

    Args:
        target: The labels, integers of shape (batch, labels).
        output: Logits of shape (batch, steps, classes), one class being the blank.
        target_length: How many labels count, integers of shape (batch,).
        output_length: How many steps count, integers of shape (batch,); at least 1.
        mask_index: The class of the blank.

    Returns:
        A floating tensor of shape (batch,); inf where there are too few steps for the labels.

    Raises:
        DTypeError, ShapeError: The labels or lengths are no integers, or the shapes do not fit.

    Source: Graves et al., "Connectionist temporal classification" (2006), eqs. 5 to 8.

    ```python
    >>> import multikeras as keras
    >>> logits = keras.ops.array([[[0.0, 0.0], [0.0, 0.0]]])
    >>> round(float(keras.ops.exp(-ctc_loss([[1]], logits, [1], [2]))[0]), 3)
    0.75

    ```
    """
    specs = [Spec(tuple(x.shape), dtype_of(x)) for x in (target, output, target_length, output_length)]
    _ctc_rule(*specs)
    dtype = dtype_of(output)
    logits = cast(output, "float32") if dtype in ("float16", "bfloat16") else output
    batch, most = shape(target)
    count = expand_dims(cast(target_length, "int32"), -1)
    labels = where(less(arange(most, dtype="int32"), count), cast(target, "int32"), mask_index)
    blanks = full_like(labels, mask_index)
    # A blank before, between and after the labels.
    pairs = reshape(stack([blanks, labels], -1), (batch, 2 * most))
    first = full_like(count, mask_index)
    extended = concatenate([pairs, first], -1)
    size = 2 * most + 1
    places = arange(size, dtype="int32")
    before = concatenate([first, first, extended], -1)[:, :size]
    skips = equal(places % 2, 1) & greater(places, 1) & not_equal(extended, before)

    scores = log_softmax(logits, -1)
    steps = transpose(scores, (1, 0, 2))
    never = full_like(cast(extended, dtype_of(scores)), _NEVER)
    start = where(less(places, 1), zeros_like(never), never)
    ends = cast(output_length, "int32")

    def step(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
        alpha, t = carry
        none = never[:, :1]
        shifted = concatenate([none, alpha], -1)[:, :size]
        skipped = concatenate([none, none, alpha], -1)[:, :size]
        ways = stack([alpha, shifted, where(skips, skipped, never)], 0)
        new = add(logsumexp(ways, 0), take_along_axis(x[0], extended, -1))
        new = maximum(new, never)
        return [where(expand_dims(less(t, ends), -1), new, alpha), t + 1], []

    (alpha, _), _ = scan_flat(step, [start, arange(1, dtype="int32")[0]], [steps])
    last = take_along_axis(alpha, 2 * count, -1)
    other = take_along_axis(alpha, maximum(2 * count - 1, 0), -1)
    other = where(greater(count, 0), other, full_like(other, _NEVER))
    total = logsumexp(concatenate([last, other], -1), -1)
    impossible = less(total, _NEVER / 2)
    loss = where(impossible, full_like(total, float("inf")), negative(where(impossible, zeros_like(total), total)))
    return cast(loss, dtype)
