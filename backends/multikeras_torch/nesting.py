"""Whether a function is being differentiated more than once: a few of torch's kernels have gradients without ones."""

from __future__ import annotations

import torch

# How many of torch's transforms a call is inside of, none being `None`.
_level = torch._C._functorch.maybe_current_level


def differentiated_again() -> bool:
    """Whether a gradient is taken inside of another transform. A compiled graph takes care of that itself."""
    return not torch.compiler.is_compiling() and (_level() or 0) > 1
