"""Scaled dot-product attention, by torch's fused kernels where the arguments are what these take."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras import ops
from multikeras.ops.nn.attention import refuse_flash_attention
from multikeras_torch.nesting import differentiated_again
from multikeras_torch.table import table

_ATTENDED = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})

table.takes_tensors_only("dot_product_attention")


def _masked(query: torch.Tensor, allowed: torch.Tensor, bias: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Queries, and a mask or summand of their logits, so that what is not allowed counts for nothing.

    A query that may attend to nothing asks everything alike instead: kernels differ in what they make of a row of
    nothing, and their gradients of logits that are all very low are wrong.
    """
    idle = ~allowed.any(-1, keepdim=True)
    query, allowed = query.masked_fill(idle, 0.0), allowed | idle
    if bias is None:
        return query, allowed
    return query, torch.where(allowed, bias.masked_fill(idle, 0.0), -torch.inf)


def _require_broadcast(x: torch.Tensor, sizes: tuple[int, ...]) -> None:
    """Torch's kernels would make queries and keys larger for it."""
    if x.ndim > 4 or any(size not in (1, wanted) for size, wanted in zip(x.shape[::-1], sizes, strict=False)):
        raise ValueError("of other sizes than the logits")


@table.implements(ops.dot_product_attention)
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    fits = query.ndim == key.ndim == value.ndim == 4 and query.shape[0] == key.shape[0]
    fits = fits and key.shape[:3] == value.shape[:3]
    heads, key_heads = query.shape[2], key.shape[2]
    # The fused kernels' gradients have none.
    fits = fits and query.dtype in _ATTENDED and not differentiated_again()
    if not fits or attn_logits_soft_cap is not None or not (query.numel() and key.numel()):
        return table.composite(ops.dot_product_attention)(
            query, key, value, bias, mask, scale, is_causal, flash_attention, attn_logits_soft_cap
        )
    if not key_heads or heads % key_heads:
        raise ValueError("heads that can't be divided")
    # Views: the kernels take any strides, and give strides that the way back makes contiguous.
    query, key, value = query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
    added = None
    if mask is not None or bias is not None:
        sizes = key.shape[2], query.shape[2], heads, query.shape[0]
        for each in (mask, bias):
            if each is not None:
                _require_broadcast(each, sizes)
        if bias is not None and bias.dtype is not query.dtype:
            bias = bias.to(query.dtype)
        allowed = mask if mask is None or mask.dtype is torch.bool else mask != 0
        if is_causal:
            causal = torch.ones(query.shape[2], key.shape[2], dtype=torch.bool, device=query.device).tril()
            allowed = causal if allowed is None else allowed & causal
            is_causal = False
        if allowed is None:
            added = bias
        else:
            query, added = _masked(query, allowed, bias)
        if added is not None and added.ndim < 2:
            # The kernel counts axes from the end.
            added = added.reshape(1, -1)
    grouped = heads != key_heads
    if not flash_attention:
        result = functional.scaled_dot_product_attention(
            query, key, value, added, 0.0, is_causal, scale=scale, enable_gqa=grouped
        )
        return result.transpose(1, 2)
    kernel = torch.nn.attention.SDPBackend.FLASH_ATTENTION
    try:
        with torch.nn.attention.sdpa_kernel(kernel):
            result = functional.scaled_dot_product_attention(
                query, key, value, added, 0.0, is_causal, scale=scale, enable_gqa=grouped
            )
    except RuntimeError as error:
        refuse_flash_attention(f"torch on {query.device}, {query.dtype}: {error}")
        raise
    return result.transpose(1, 2)
