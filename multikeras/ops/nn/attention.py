"""Scaled dot-product attention."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, NotSupportedError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import broadcasts_to
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, divide, multiply
from multikeras.ops.comparison import greater_equal, where
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.exponential import rsqrt
from multikeras.ops.logic import logical_and
from multikeras.ops.nn.softmax import softmax
from multikeras.ops.products import matmul
from multikeras.ops.shaping import reshape, transpose
from multikeras.ops.trigonometry import tanh

_LOWEST = {
    name: 0.7 * float(ml_dtypes.finfo(lattice.numpy_dtype(name)).min)
    for name in ("bfloat16", "float16", "float32", "float64")
}


def lowest_logit(name: str) -> float:
    """What stands for a logit that is masked, in a float dtype: so low that its weight is 0 beside any other."""
    return _LOWEST[name]


def _fits(first: int | None, second: int | None) -> bool:
    return first is None or second is None or first == second


def _check_shapes(query: Shape, key: Shape, value: Shape, **masks: Shape | None) -> None:
    if not len(query) == len(key) == len(value) == 4:
        raise ShapeError(
            "Attention takes queries, keys and values of shape (batch, length, heads, head size).",
            received=f"{query}, {key} and {value}",
        )
    batch, length, heads, size = query
    same = all(_fits(a, b) for a, b in ((batch, key[0]), (batch, value[0]), (key[1], value[1]), (size, key[3])))
    if not same or not _fits(key[2], value[2]):
        raise ShapeError(
            "Queries and keys have one batch size and head size, keys and values one length and number of heads.",
            received=f"{query}, {key} and {value}",
        )
    if heads is not None and key[2] is not None and (key[2] == 0 or heads % key[2]):
        raise ShapeError(
            "The heads of queries are divided evenly among those of keys.", received=f"{heads} and {key[2]} heads"
        )
    for name, shape in masks.items():
        logits = (batch, heads, length, key[1])
        if shape is not None and not broadcasts_to(shape, logits):
            raise ShapeError(
                f"`{name}` broadcasts to (batch, heads, queries, keys).", received=f"shape {shape}, logits of {logits}"
            )


def _check_bound(bound: float | None) -> None:
    if bound is not None and not bound > 0:
        raise ArgumentError("`attn_logits_soft_cap` is above 0.", received=repr(bound), hint="50.0")


@rules.rule("float", casts=("query", "key", "value"))
def _attention_rule(
    query: Spec,
    key: Spec,
    value: Spec,
    bias: Spec | None = None,
    mask: Spec | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Spec:
    shapes = {"bias": bias, "mask": mask}
    _check_shapes(query.shape, key.shape, value.shape, **{n: None if s is None else s.shape for n, s in shapes.items()})
    _check_bound(attn_logits_soft_cap)
    name = rules.floating(rules.common(query, key, value))
    return Spec((*query.shape[:3], value.shape[3]), name)


def _attention_reference(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: Any = None,
    is_causal: bool = False,
    flash_attention: Any = None,
    attn_logits_soft_cap: Any = None,
) -> np.ndarray:
    """One query of one head of one sample after the other."""
    (batch, length, heads, size), keys = query.shape, key.shape[1]
    result = np.zeros((batch, length, heads, value.shape[3]))
    group = heads // key.shape[2]
    at = (batch, heads, length, keys)
    bias = np.broadcast_to(0.0 if bias is None else bias, at)
    mask = np.broadcast_to(True if mask is None else np.asarray(mask) != 0, at)
    for b, t, n in np.ndindex(batch, length, heads):
        logits = key[b, :, n // group] @ query[b, t, n] * (1 / np.sqrt(max(size, 1)) if scale is None else scale)
        if attn_logits_soft_cap is not None:
            logits = attn_logits_soft_cap * np.tanh(logits / attn_logits_soft_cap)
        logits = logits + bias[b, n, t]
        allowed = mask[b, n, t] & (np.arange(keys) <= t if is_causal else True)
        weights = np.where(allowed, np.exp(logits - logits.max(initial=0.0, where=allowed)), 0.0)
        weights = weights / weights.sum() if allowed.any() else np.full(keys, 1 / max(keys, 1))
        result[b, t, n] = weights @ value[b, :, n // group]
    return result


_QKV = (draw(2, 3, 4, 5), draw(2, 6, 4, 5, salt=1), draw(2, 6, 4, 5, salt=2))
# The second query of the first sample may attend to nothing.
_MASK = np.array([[[[1, 0, 1, 1, 0, 0], [0] * 6, [1] * 6]], [[[1] * 6, [0, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 1]]]], bool)


@composite(
    infer=_attention_rule,
    reference=_attention_reference,
    differentiable=("query", "key", "value", "bias"),
    cases=[
        case(*_QKV),
        case(*_QKV, scale=0.5),
        case(*_QKV, is_causal=True),
        case(draw(1, 4, 2, 3), draw(1, 2, 2, 3, salt=1), draw(1, 2, 2, 3, salt=2), is_causal=True),
        case(*_QKV, mask=_MASK),
        case(*_QKV, mask=_MASK, is_causal=True),
        case(*_QKV, mask=_MASK[0, 0]),
        case(*_QKV, mask=_MASK[:, :, :1].astype("int32")),
        case(*_QKV, bias=draw(2, 4, 3, 6, salt=3)),
        case(*_QKV, bias=draw(1, 4, 1, 6, salt=3), is_causal=True),
        case(*_QKV, bias=draw(3, 6, salt=3), mask=_MASK),
        case(*_QKV, attn_logits_soft_cap=1.5),
        case(*_QKV, bias=draw(2, 4, 3, 6, salt=3), mask=_MASK, attn_logits_soft_cap=0.5, is_causal=True),
        case(*_QKV, flash_attention=False),
        case(draw(2, 3, 6, 5), draw(2, 4, 2, 5, salt=1), draw(2, 4, 2, 5, salt=2)),
        case(draw(2, 3, 6, 5), draw(2, 6, 2, 5, salt=1), draw(2, 6, 2, 5, salt=2), mask=_MASK, scale=0.25),
        case(draw(2, 3, 4, 5), draw(2, 4, 1, 5, salt=1), draw(2, 4, 1, 5, salt=2), is_causal=True),
        case(draw(2, 3, 4, 5), draw(2, 6, 4, 5, salt=1), draw(2, 6, 4, 7, salt=2), mask=_MASK),
        case(draw(0, 3, 2, 5), draw(0, 4, 2, 5), draw(0, 4, 2, 5)),
        case(draw(2, 0, 2, 5), draw(2, 4, 2, 5, salt=1), draw(2, 4, 2, 5, salt=2)),
        case(draw(2, 3, 2, 5, low=-80.0, high=80.0), *_QKV[1:], raises=ShapeError, match="divided evenly"),
        case(draw(2, 3, 5), *_QKV[1:], raises=ShapeError, match="head size"),
        case(draw(2, 3, 4, 6), *_QKV[1:], raises=ShapeError, match="one batch size"),
        case(_QKV[0], _QKV[1], draw(2, 5, 4, 5), raises=ShapeError, match="one length"),
        case(*_QKV, mask=_MASK[:, :, :2], raises=ShapeError, match="`mask` broadcasts"),
        case(*_QKV, bias=draw(2, 3, 6), raises=ShapeError, match="`bias` broadcasts"),
        case(*_QKV, attn_logits_soft_cap=0.0, raises=ArgumentError, match="above 0"),
    ],
    real=True,
)
def dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None = None,
    mask: Tensor | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """`softmax(query @ transpose(key) * scale + bias) @ value`, for each head.

    Softmax is computed in at least 32 bits. A query that may attend to nothing gets the mean of all values.

    Args:
        query: Shape (batch, queries, heads, head size), any real dtype; integers are taken as floats.
        key: Shape (batch, keys, key heads, head size). Where there are fewer heads than in `query`, each serves a group
            of as many heads, one after the other.
        value: Shape (batch, keys, key heads, value size).
        bias: Added to the logits; broadcasts to (batch, heads, queries, keys).
        mask: What each query may attend to, `True` or not 0; broadcasts likewise.
        scale: The factor of the logits; `1 / sqrt(head size)` by default, 1 for heads of no entries.
        is_causal: Whether query `i` may attend to keys up to `i` alone.
        flash_attention: `True` demands the kernel that never stores the logits; by default it is used where it is
            faster, and `False` says that it is not to be used.
        attn_logits_soft_cap: A bound `c` of the scaled logits: `c * tanh(logits / c)`, before `bias` and masks.

    Returns:
        A tensor of shape (batch, queries, heads, value size), in the common dtype made floating.

    Raises:
        ArgumentError: The bound is not above 0.
        DTypeError: A tensor is complex.
        NotSupportedError: `flash_attention=True`, where the kernel can't be had.
        ShapeError: The shapes do not fit.

    Source:
        Vaswani et al., "Attention is all you need", 2017, eq. 1; Ainslie et al., "GQA", 2023, section 2.2; Gemma Team,
        "Gemma 2", 2024, section 2, on the bound.

    ```python
    >>> q = [[[[0.0]]]]
    >>> dot_product_attention(q, [[[[1.0]], [[2.0]]]], [[[[1.0]], [[3.0]]]]).tolist()
    [[[[2.0]]]]

    ```
    """
    if flash_attention:
        refuse_flash_attention("this backend has no such kernel for the arguments given")
    _check_bound(attn_logits_soft_cap)
    _check_shapes(
        tuple(query.shape),
        tuple(key.shape),
        tuple(value.shape),
        bias=None if bias is None else tuple(bias.shape),
        mask=None if mask is None else tuple(mask.shape),
    )
    given = dtype(query)
    name = given if given == "float64" else "float32"
    batch, length, heads, size = shape_of(query)
    keys, key_heads = shape_of(key)[1:3]
    if scale is None:
        # In some compiled steps sizes are tensors.
        scale = 1 / math.sqrt(max(size, 1)) if type(size) is int else rsqrt(cast(size, name))
    # The scale goes to the queries, of which there are fewer entries than logits as a rule.
    query = transpose(multiply(_as(query, name), scale), (0, 2, 1, 3))
    key, value = transpose(_as(key, name), (0, 2, 3, 1)), transpose(_as(value, name), (0, 2, 1, 3))
    grouped = type(heads) is not int or type(key_heads) is not int or key_heads != heads
    if grouped:
        rows = heads // key_heads * length
        query = reshape(query, (batch, key_heads, rows, size))
    logits = matmul(query, key)
    if grouped:
        logits = reshape(logits, (batch, heads, length, keys))
    if attn_logits_soft_cap is not None:
        logits = multiply(tanh(divide(logits, attn_logits_soft_cap)), attn_logits_soft_cap)
    if bias is not None:
        logits = add(logits, _as(bias, name))
    allowed = None if mask is None else _as(mask, "bool")
    if is_causal:
        causal = causal_mask(length, keys)
        allowed = causal if allowed is None else logical_and(allowed, causal)
    if allowed is not None:
        logits = where(allowed, logits, lowest_logit(name))
    weights = softmax(logits, -1)
    if grouped:
        weights = reshape(weights, (batch, key_heads, rows, keys))
    result = matmul(weights, value)
    if grouped:
        result = reshape(result, (batch, heads, length, shape_of(value)[-1]))
    return _as(transpose(result, (0, 2, 1, 3)), given)


def _as(x: Any, name: str) -> Any:
    return x if dtype(x) == name else cast(x, name)


def causal_mask(queries: Any, keys: Any) -> Any:
    """Which of `keys` each of `queries` may attend to: those up to its own place."""
    from multikeras.ops.ranges import arange

    return greater_equal(reshape(arange(queries), (queries, 1)), arange(keys))


def refuse_flash_attention(reason: str) -> None:
    """Say that the kernel that was demanded can't be had.

    Raises:
        NotSupportedError: Always.
    """
    raise NotSupportedError(
        "Flash attention was demanded, and can't be had here.", received=reason, hint="flash_attention=None"
    )
