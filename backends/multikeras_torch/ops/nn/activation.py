"""Activations by torch's fused kernels.

Where these have another slope at a kink than JAX (leaky_relu, hard_tanh, hard_silu), they are made of others, here or
in the composite body.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras.ops import nn
from multikeras_torch.nesting import differentiated_again
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, require_kernels, unary, widened

table.alias(
    celu=widened(torch.celu),
    elu=widened(functional.elu),
    log_sigmoid=unary(functional.logsigmoid),
    relu=unary(torch.relu),
    relu6=unary(functional.relu6),
    selu=unary(torch.selu),
    sigmoid=unary(torch.sigmoid),
    silu=unary(functional.silu),
    softsign=unary(functional.softsign),
)


_hard_sigmoid = unary(functional.hardsigmoid)


@table.implements(nn.hard_sigmoid)
def hard_sigmoid(x: Any) -> Any:
    return nn.hard_sigmoid.op.body(x) if differentiated_again() else _hard_sigmoid(x)


@table.implements(nn.leaky_relu)
def leaky_relu(x: Any, negative_slope: float) -> Any:
    return torch.where(x >= 0, x, x * negative_slope)


@table.implements(nn.gelu)
def gelu(x: Any, approximate: bool) -> Any:
    kind = "tanh" if approximate else "none"
    try:
        require_kernels(x)
        return functional.gelu(x, approximate=kind)
    except RuntimeError:
        return in_wide(lambda y: functional.gelu(y, approximate=kind), (x,))


@table.implements(nn.glu)
def glu(x: Any, axis: int) -> Any:
    if x.ndim == 0:
        raise ValueError("no axes")
    return functional.glu(x, axis)


# From here on torch returns the argument itself: what is left out is below the precision of float64.
_LINEAR = 40.0


@table.implements(nn.softplus)
def softplus(x: Any) -> Any:
    try:
        require_kernels(x)
        return functional.softplus(x, 1.0, _LINEAR)
    except RuntimeError:
        return in_wide(lambda y: functional.softplus(y, 1.0, _LINEAR), (x,))
