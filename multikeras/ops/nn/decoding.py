"""The labels that the steps of a connectionist model spell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._indices import require_indices
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, floor_divide, mod, negative, subtract
from multikeras.ops.comparison import equal, greater, greater_equal, less, not_equal, where
from multikeras.ops.conversion import cast, shape
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.creation import full, full_like, zeros, zeros_like
from multikeras.ops.exponential import logaddexp
from multikeras.ops.finiteness import isneginf
from multikeras.ops.indexing import take_along_axis
from multikeras.ops.joining import concatenate
from multikeras.ops.logic import logical_and, logical_or
from multikeras.ops.looping import scan_flat
from multikeras.ops.nn.softmax import log_softmax
from multikeras.ops.products import matmul
from multikeras.ops.ranges import arange
from multikeras.ops.reduction import all, argmax, max, sum
from multikeras.ops.rounding import maximum
from multikeras.ops.shaping import expand_dims, reshape, transpose
from multikeras.ops.sorting import argsort, top_k

_NEVER = -math.inf


def _score_dtype(inputs: str) -> str:
    return "float64" if inputs == "float64" else "float32"


def check_decoding(
    inputs: Spec, lengths: Spec, strategy: str, beam_width: int, top_paths: int, mask_index: int | None
) -> None:
    """Raise unless the arguments of `ctc_decode` fit each other.

    Raises:
        ArgumentError, DTypeError, ShapeError: They do not.
    """
    require_indices("sequence_lengths", lengths, "ctc_decode")
    shown = f"inputs={inputs}, sequence_lengths={lengths}"
    if inputs.dtype in ("complex64", "complex128"):
        raise DTypeError("Logits are real.", received=shown, hint="keras.ops.real(inputs)")
    if len(inputs.shape) != 3 or len(lengths.shape) != 1:
        raise ShapeError("The shapes are (batch, steps, classes) and (batch,).", received=shown)
    sizes = inputs.shape[0], lengths.shape[0]
    if None not in sizes and sizes[0] != sizes[1]:
        raise ShapeError("Both have the same number of samples.", received=shown)
    classes = inputs.shape[2]
    if classes == 0:
        raise ShapeError("There is a class for the blank.", received=shown)
    if strategy not in ("greedy", "beam_search"):
        raise ArgumentError('strategy is "greedy" or "beam_search".', received=repr(strategy))
    if mask_index is not None:
        _require_whole("mask_index", mask_index, None)
        if classes is not None and not -classes <= mask_index < classes:
            raise ArgumentError("`mask_index` is one of the classes.", received=f"mask_index={mask_index}, {shown}")
    if strategy == "beam_search":
        _require_whole("beam_width", beam_width, 1)
        _require_whole("top_paths", top_paths, 1)
        if top_paths > beam_width:
            raise ArgumentError(
                "There are at most as many paths as the beam is wide.",
                received=f"top_paths={top_paths}, beam_width={beam_width}",
                hint=f"beam_width={top_paths}",
            )


def _require_whole(name: str, value: Any, least: int | None) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__") or (least is not None and value < least):
        bound = "" if least is None else f" from {least} on"
        raise ArgumentError(f"`{name}` is an integer{bound}.", received=f"{name}={value!r}")


@rules.rule()
def _decode_rule(
    inputs: Spec,
    sequence_lengths: Spec,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[Spec, Spec]:
    check_decoding(inputs, sequence_lengths, strategy, beam_width, top_paths, mask_index)
    batch, steps = inputs.shape[:2]
    if batch is None:
        batch = sequence_lengths.shape[0]
    paths = 1 if strategy == "greedy" else int(top_paths)
    return Spec((paths, batch, steps), "int32"), Spec((batch, paths), _score_dtype(inputs.dtype))


def _decoded(
    inputs: np.ndarray,
    sequence_lengths: np.ndarray,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Sample by sample and prefix by prefix, with probabilities for scores."""
    batch, steps, classes = inputs.shape
    blank = (classes - 1 if mask_index is None else mask_index) % classes
    greedy = strategy == "greedy"
    count = 1 if greedy else top_paths
    labels = np.full((count, batch, steps), -1, np.int32)
    scores = np.full((batch, count), -np.inf)
    for sample, (logits, length) in enumerate(zip(inputs.astype(float), sequence_lengths, strict=True)):
        if greedy:
            best = [int(row.argmax()) for row in logits[:length]]
            kept = [c for t, c in enumerate(best) if not (merge_repeated and t and best[t - 1] == c)]
            found = [([c for c in kept if c != blank], -sum_of(row.max() for row in logits[:length]))]
        else:
            found = _searched(logits[:length], blank, beam_width)[:top_paths]
        for place, (path, score) in enumerate(found):
            labels[place, sample, : len(path)] = path
            scores[sample, place] = score
    return labels, scores


def sum_of(values: Any) -> float:
    """The sum of some numbers, one after another."""
    total = 0.0
    for value in values:
        total += float(value)
    return total


def _searched(logits: np.ndarray, blank: int, width: int) -> list[tuple[tuple[int, ...], float]]:
    """Prefixes with their probabilities of ending in a blank and in a label, the best `width` kept after each step."""
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for row in logits:
        p = np.exp(row - row.max())
        p /= p.sum()
        grown: dict[tuple[int, ...], list[float]] = {}
        for prefix, (with_blank, with_label) in beam.items():
            for c in range(len(p)):
                if c == blank:
                    grown.setdefault(prefix, [0.0, 0.0])[0] += (with_blank + with_label) * p[c]
                elif prefix and prefix[-1] == c:
                    grown.setdefault(prefix, [0.0, 0.0])[1] += with_label * p[c]
                    grown.setdefault((*prefix, c), [0.0, 0.0])[1] += with_blank * p[c]
                else:
                    grown.setdefault((*prefix, c), [0.0, 0.0])[1] += (with_blank + with_label) * p[c]
        ordered = sorted(grown.items(), key=lambda entry: -(entry[1][0] + entry[1][1]))
        beam = {prefix: (a, b) for prefix, (a, b) in ordered[:width] if a + b > 0}
    return [
        (prefix, float(np.log(a + b))) for prefix, (a, b) in sorted(beam.items(), key=lambda e: -(e[1][0] + e[1][1]))
    ]


_LENGTHS = np.array([6, 4], np.int32)
_SEARCH: dict[str, Any] = {"strategy": "beam_search", "dtypes": ("float32", "float64"), "tolerance": 64}


@composite(
    infer=_decode_rule,
    reference=_decoded,
    differentiable=False,
    cases=[
        case(draw(2, 6, 4), _LENGTHS, dtypes=("float32", "float64", "float16", "bfloat16", "int32")),
        case(draw(2, 6, 3), _LENGTHS, merge_repeated=False, mask_index=2, dtypes=("float32",)),
        case(draw(2, 6, 3, salt=1), _LENGTHS, mask_index=-2, dtypes=("float32",)),
        case(draw(2, 6, 3, salt=2), np.array([0, 9], np.int64), mask_index=None, dtypes=("float32",)),
        case([[[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]], [4]),
        case(draw(2, 5, 4), np.array([5, 3], np.int32), beam_width=6, top_paths=3, **_SEARCH),
        case(draw(2, 4, 4, salt=1), np.array([3, 4], np.int32), mask_index=3, **_SEARCH),
        case(draw(2, 4, 3, salt=2), np.array([4, 4], np.int32), beam_width=2, mask_index=-2, **_SEARCH),
        case(draw(2, 3, 3, high=1.0), np.array([3, 0], np.int32), beam_width=40, top_paths=20, mask_index=None,
             **_SEARCH),
        case(draw(2, 3, 3), [3, 3], "beam_search", 4, dtypes=("float16", "bfloat16")),
        case(draw(2, 2, 1), [2, 2], top_paths=2, **_SEARCH),
        case(draw(0, 2, 3), np.zeros((0,), "int32"), top_paths=2, **_SEARCH),
        case(draw(2, 0, 3), [0, 0], dtypes=("float32",)),
        case(draw(2, 0, 3), [0, 0], beam_width=3, top_paths=2, **_SEARCH),
        case(draw(2, 6), _LENGTHS, raises=ShapeError, match="steps, classes"),
        case(draw(3, 6, 2), _LENGTHS, raises=ShapeError, match="number of samples"),
        case(draw(2, 6, 0), _LENGTHS, raises=ShapeError, match="for the blank"),
        case(draw(2, 6, 4), [1.0, 2.0], raises=DTypeError, match="integer dtype"),
        case(draw(2, 6, 4), _LENGTHS, strategy="best", raises=ArgumentError, match="strategy is"),
        case(draw(2, 6, 4), _LENGTHS, mask_index=4, raises=ArgumentError, match="one of the classes"),
        case(draw(2, 6, 4), _LENGTHS, "beam_search", 0, raises=ArgumentError, match="from 1 on"),
        case(draw(2, 6, 4), _LENGTHS, "beam_search", 2, 3, raises=ArgumentError, match="beam is wide"),
    ],
)  # fmt: skip
def ctc_decode(
    inputs: Tensor,
    sequence_lengths: Tensor,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[Tensor, Tensor]:
    """The labels that the steps spell most probably, repetitions and blanks left out.

    `"greedy"` takes the best class of each step. `"beam_search"` adds the probabilities of all ways to spell the same
    labels, and keeps the best beginnings, `beam_width` of them, after each step. 16-bit floats are computed with in 32
    bits. TensorFlow's kernel, which searches there unless the logits are float64, may forget a beginning that others
    pushed out of the beam before it was extended: where the beam does not hold every one, its paths can be others.

    Args:
        inputs: Logits of any real dtype and shape (batch, steps, classes), one class being the blank.
        sequence_lengths: How many steps count, integers of shape (batch,).
        strategy: `"greedy"` or `"beam_search"`.
        beam_width: How many beginnings are kept.
        top_paths: How many paths are returned, at most `beam_width`; of `"greedy"` 1.
        merge_repeated: Whether a class that is the best of several steps in a row counts once under `"greedy"`. A beam
            search merges them in any case.
        mask_index: The class of the blank, from the end where it is negative; `None` for the last one.

    Returns:
        A pair of the paths from the best on, int32 of shape (paths, batch, steps) and filled up with -1, and their
        scores, float32 or float64 of shape (batch, paths): minus the sum of the largest logits under `"greedy"`, the
        logarithm of the probability in a beam search, -inf where there are fewer paths. Which of equally probable ones
        come first is up to the backend.

    Raises:
        ArgumentError: There is no such strategy or class, or a number is below 1, or there are more paths than the beam
            is wide.
        DTypeError: The lengths are no integers, or the logits not real.
        ShapeError: The shapes do not fit.

    Source: Graves et al., "Connectionist temporal classification" (2006), section 3.2; Hannun et al., "First-pass large
    vocabulary continuous speech recognition using bi-directional recurrent DNNs" (2014), algorithm 1.

    ```python
    >>> logits = [[[0.0, 2.0, 1.0], [0.0, 2.0, 1.0], [3.0, 0.0, 0.0], [0.0, 2.0, 1.0]]]
    >>> ctc_decode(logits, [4])[0].tolist(), ctc_decode(logits, [4], "beam_search")[0].tolist()
    ([[[1, 1, -1, -1]]], [[[1, 1, -1, -1]]])

    ```
    """
    given = dtype_of(inputs)
    specs = Spec(tuple(inputs.shape), given), Spec(tuple(sequence_lengths.shape), dtype_of(sequence_lengths))
    check_decoding(*specs, strategy, beam_width, top_paths, mask_index)
    inputs = cast(inputs, _score_dtype(given))
    sizes = shape(inputs)
    blank = -1 if mask_index is None else mask_index
    blank = blank + sizes[2] if blank < 0 else blank
    ends = expand_dims(cast(sequence_lengths, "int32"), -1)
    if strategy == "greedy":
        return _best_classes(inputs, sizes, ends, merge_repeated, blank)
    return best_prefixes(inputs, ends, int(beam_width), int(top_paths), blank)


def _best_classes(inputs: Any, sizes: Any, ends: Any, merge_repeated: bool, blank: Any) -> tuple[Any, Any]:
    batch, steps, _ = sizes
    if inputs.shape[1] == 0:
        return zeros((1, batch, 0), "int32"), zeros((batch, 1), dtype_of(inputs))
    places = arange(steps, dtype="int32")
    counts = less(places, ends)
    classes = cast(argmax(inputs, -1), "int32")
    score = sum(where(counts, max(inputs, -1), zeros_like(inputs[:, :, 0])), -1, True)
    kept = logical_and(counts, not_equal(classes, blank))
    if merge_repeated:
        changed = not_equal(classes[:, 1:], classes[:, :-1])
        kept = logical_and(kept, concatenate([full_like(counts[:, :1], True), changed], -1))
    # What is kept goes before what is not, in the order that it has.
    order = argsort(where(kept, places, steps), -1)
    labels = take_along_axis(where(kept, classes, -1), order, -1)
    return expand_dims(labels, 0), negative(score)


def best_prefixes(inputs: Any, ends: Any, width: int, paths: int, blank: Any) -> tuple[Any, Any]:
    """What a beam search returns.

    The beam is a handful of arrays: prefixes, their sizes, and the logarithms of the probabilities that what has been
    read so far spells them and ends with a blank, or with their last label.

    Args:
        inputs: Logits, float32 or float64, of shape (batch, steps, classes).
        ends: How many steps count, int32 of shape (batch, 1).
        width: How many prefixes are kept.
        paths: How many are returned.
        blank: The class of the blank, from 0 on.
    """
    batch, steps, classes = shape(inputs)
    dtype = dtype_of(inputs)
    never = full((batch, width), _NEVER, dtype)
    slots = arange(width, dtype="int32")
    # At first there is the empty prefix, as after a blank.
    surely = where(equal(slots, 0), zeros_like(never), never)
    if inputs.shape[1] == 0:
        return zeros((paths, batch, 0), "int32"), surely[:, :paths]
    scores = log_softmax(inputs, -1)
    places = arange(steps, dtype="int32")
    labels = arange(classes, dtype="int32")
    is_blank = equal(labels, blank)

    def step(carry: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
        prefixes, counts, with_blank, with_label, t = carry
        p = row[0]
        total = logaddexp(with_blank, with_label)
        alive = greater(total, _NEVER)
        # The last label of each prefix, -1 of the empty one, and each prefix without it.
        at_end = equal(places, expand_dims(subtract(counts, 1), -1))
        last = max(where(at_end, prefixes, -1), -1)
        shorter = where(at_end, -1, prefixes)
        spoken = take_along_axis(p, maximum(last, 0), -1)
        # To stay, a prefix takes a blank, or its last label once more.
        stay_blank = add(total, max(where(is_blank, p, _NEVER), -1, True))
        stay_label = where(less(last, 0), never, add(with_label, spoken))
        # Prefix i with the last label of prefix j is prefix j.
        leads = all(equal(expand_dims(prefixes, 2), expand_dims(shorter, 1)), -1)
        fits = logical_and(greater(expand_dims(counts, 1), expand_dims(counts, 2)), leads)
        fits = logical_and(fits, logical_and(expand_dims(alive, 2), expand_dims(alive, 1)))
        before = where(
            equal(expand_dims(last, 2), expand_dims(last, 1)), expand_dims(with_blank, 2), expand_dims(total, 2)
        )
        joined = max(where(fits, before, _NEVER), 1)
        stay_label = logaddexp(stay_label, where(less(last, 0), never, add(joined, spoken)))
        # To grow, it takes another label; the same one only behind a blank.
        again = equal(expand_dims(last, -1), labels)
        grown = add(where(again, expand_dims(with_blank, -1), expand_dims(total, -1)), expand_dims(p, 1))
        taken = greater(matmul(cast(fits, dtype), cast(again, dtype)), 0)
        grown = where(logical_or(is_blank, taken), _NEVER, grown)
        candidates = concatenate([logaddexp(stay_blank, stay_label), reshape(grown, (batch, width * classes))], -1)
        best, chosen = top_k(candidates, width)
        stays = less(chosen, width)
        beyond = maximum(subtract(chosen, width), 0)
        parent = where(stays, chosen, floor_divide(beyond, classes))
        label = mod(beyond, classes)
        size = take_along_axis(counts, parent, -1)
        appended = logical_and(equal(places, expand_dims(size, -1)), expand_dims(greater_equal(chosen, width), -1))
        after = [
            where(appended, expand_dims(label, -1), take_along_axis(prefixes, expand_dims(parent, -1), 1)),
            where(stays, size, add(size, 1)),
            where(stays, take_along_axis(stay_blank, parent, -1), never),
            where(stays, take_along_axis(stay_label, parent, -1), best),
        ]
        goes_on = less(t, ends)
        kept = [where(expand_dims(goes_on, -1), after[0], prefixes)]
        kept += [where(goes_on, new, old) for new, old in zip(after[1:], carry[1:4], strict=True)]
        return [*kept, add(t, 1)], []

    start = [
        full((batch, width, steps), -1, "int32"),
        zeros((batch, width), "int32"),
        surely,
        never,
        arange(1, dtype="int32")[0],
    ]
    (prefixes, _, with_blank, with_label, _), _ = scan_flat(step, start, [transpose(scores, (1, 0, 2))])
    best, chosen = top_k(logaddexp(with_blank, with_label), paths)
    found = take_along_axis(prefixes, expand_dims(chosen, -1), 1)
    found = where(expand_dims(isneginf(best), -1), -1, found)
    return transpose(found, (1, 0, 2)), best
