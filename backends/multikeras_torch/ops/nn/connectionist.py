"""The loss of labels whose places are not known, by torch's kernel, which has no second gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras import ops
from multikeras_torch.nesting import differentiated_again, mapped
from multikeras_torch.table import table

_FLOATS = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})
_NO_PLACES = frozenset({torch.bool, torch.complex64, torch.complex128})


@table.implements(ops.ctc_loss)
def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int) -> Any:
    fits = target.ndim == 2 and output.ndim == 3 and target.shape[0] == output.shape[0]
    fits = fits and target_length.ndim == output_length.ndim == 1
    plain = fits and output.dtype in _FLOATS and target.numel() and output.numel() and 0 <= mask_index < output.shape[2]
    if not plain or torch.compiler.is_compiling() or differentiated_again() or mapped():
        body = table.composite(ops.ctc_loss)
        return body(target, output, target_length, output_length, mask_index)
    if any(t.dtype.is_floating_point or t.dtype in _NO_PLACES for t in (target, target_length, output_length)):
        raise TypeError("labels and lengths are integers")
    wide = output if output.dtype is torch.float64 else output.float()
    scores = torch.log_softmax(wide, -1).movedim(1, 0)
    lengths = output_length.long(), target_length.long()
    loss = functional.ctc_loss(scores, target.long(), *lengths, blank=mask_index, reduction="none")
    return loss.to(output.dtype)
