"""Scaled dot-product attention: cuDNN's kernel, which stores no logits, on GPUs for floats of 16 bits.

Elsewhere the composite body is what XLA makes the most of.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.ops.nn.attention import refuse_flash_attention
from multikeras_jax.compiled import compiled_body
from multikeras_jax.table import table

_HALVES = ("bfloat16", "float16")

table.takes_tensors_only("dot_product_attention")


@functools.cache
def _compiled() -> Callable:
    return compiled_body(ops.dot_product_attention.op)


def _blocker(query: Any, key: Any, value: Any, cap: float | None) -> str | None:
    """Why cuDNN's kernel can't be had, `None` where it can be tried."""
    if jax.default_backend() != "gpu":
        return f"JAX computes on {jax.default_backend()}, and cuDNN on GPUs"
    if query.dtype.name not in _HALVES:
        return f"cuDNN takes floats of 16 bits, not {query.dtype.name}"
    if cap is not None:
        return "cuDNN bounds no logits"
    sizes = (query.shape[-1], value.shape[-1])
    if sizes[0] != sizes[1] or sizes[0] % 8 or sizes[0] > 128:
        return f"cuDNN takes equal head sizes that are multiples of 8 up to 128, not {sizes}"
    if 0 in query.shape or 0 in key.shape:
        return "there is nothing to attend to"
    return None


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
    if flash_attention is False or (flash_attention is None and jax.default_backend() != "gpu"):
        return _compiled()(query, key, value, bias, mask, scale, is_causal, None, attn_logits_soft_cap)
    blocker = _blocker(query, key, value, attn_logits_soft_cap)
    if blocker is not None:
        if flash_attention:
            refuse_flash_attention(blocker)
        return _compiled()(query, key, value, bias, mask, scale, is_causal, None, attn_logits_soft_cap)
    asking, summand, allowed = query, bias, mask
    if bias is not None:
        summand = jnp.reshape(bias, (*(1,) * (4 - bias.ndim), *bias.shape)).astype(query.dtype)
    if mask is not None:
        allowed = jnp.reshape(mask, (*(1,) * (4 - mask.ndim), *mask.shape)).astype(bool)
        if is_causal:
            allowed = allowed & jnp.tril(jnp.ones((query.shape[1], key.shape[1]), bool))
        # A query that may attend to nothing asks everything alike.
        idle = ~jnp.any(allowed, -1, keepdims=True)
        asking, allowed = jnp.where(jnp.swapaxes(idle, 1, 2), 0, query), allowed | idle
        summand = None if summand is None else jnp.where(idle, 0, summand)
    try:
        return jax.nn.dot_product_attention(
            asking,
            key,
            value,
            summand,
            allowed,
            scale=1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale,
            is_causal=is_causal and mask is None,
            implementation="cudnn",
        )
    except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        # Which shapes cuDNN takes differs from version to version and from device to device.
        if flash_attention:
            refuse_flash_attention(str(error))
    return _compiled()(query, key, value, bias, mask, scale, is_causal, None, attn_logits_soft_cap)
