"""What optimizers do to many tensors at once: see `Backend.many`."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from multikeras_torch.optimizers.step_of_all import chosen, copied, kernels

__all__ = ["averaged", "chosen", "copied", "multiplied", "norm", "unscaled"]

_SHORT = (torch.float16, torch.bfloat16)


@torch.no_grad()
def unscaled(tensors: Sequence[torch.Tensor], scale: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Each tensor divided by a scalar, short floats in float32, and whether all entries are finite."""
    wide = [t.float() if t.dtype in _SHORT else t for t in tensors]
    divided = list(kernels._foreach_div(wide, scale))
    found = torch.zeros((), device=scale.device)
    if torch.compiler.is_compiling():
        return divided, torch.stack([torch.isfinite(t).all() for t in divided]).all()
    kernels._amp_foreach_non_finite_check_and_unscale_(divided, found, torch.ones((), device=scale.device))
    return divided, found == 0


@torch.no_grad()
def multiplied(tensors: Sequence[torch.Tensor], factor: torch.Tensor) -> list[torch.Tensor]:
    """Each tensor times a scalar, in its own dtype."""
    return list(kernels._foreach_mul(list(tensors), factor))


@torch.no_grad()
def norm(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """The L2 norm of all together."""
    return torch.linalg.vector_norm(_norms(tensors, 2.0))


def _norms(tensors: Sequence[torch.Tensor], order: float) -> torch.Tensor:
    filled = [t for t in tensors if t.numel()]
    norms = kernels._foreach_norm(filled, order) if filled else [torch.zeros(())]
    widest = torch.float64 if any(n.dtype == torch.float64 for n in norms) else torch.float32
    return torch.stack([n if n.dtype == widest else n.to(widest) for n in norms])


@torch.no_grad()
def averaged(averages: Sequence[torch.Tensor], storages: Sequence[torch.Tensor], momentum: torch.Tensor) -> None:
    """Move averages towards values."""
    kernels._foreach_mul_(list(averages), momentum)
    kernels._foreach_add_(list(averages), kernels._foreach_mul(list(storages), 1 - momentum))
