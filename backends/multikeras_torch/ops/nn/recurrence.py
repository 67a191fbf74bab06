"""Recurrences by torch's fused kernels, of oneDNN on the processor and cuDNN on a GPU.

Their kernels know no mask. What is padding gets a feature of its own, whose weight closes or opens gates for good, so
that states stay as they are to the last bit; no gradient passes a gate that is saturated.
"""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.ops.nn._recurrence import check_given, check_weights
from multikeras_torch.nesting import mapped
from multikeras_torch.ops.nn import compiled_lstm  # noqa: F401 - defines an operator
from multikeras_torch.table import table

table.takes_tensors_only("lstm", "gru")

# sigmoid(±SHUT) is 0 or 1 exactly in every dtype, and the number fits 16-bit floats.
_SHUT = 1e4

_FUSED = frozenset({torch.float32, torch.float64})
_FUSED_ON_GPU = frozenset({torch.float32, torch.float64, torch.float16, torch.bfloat16})


def _is_fused(x: Any) -> bool:
    if x.ndim != 3 or 0 in x.shape or mapped():
        return False
    if x.is_cuda:
        return x.dtype in _FUSED_ON_GPU
    return x.dtype in _FUSED


def _is_compiled_for_gradients(x: Any) -> bool:
    """Whether Inductor, with whose graphs oneDNN's kernel is called otherwise, traces this call."""
    return not x.is_cuda and x.dtype is torch.float32 and torch.is_grad_enabled() and torch.compiler.is_compiling()


def _parameters(kernel: Any, recurrent: Any, *biases: Any) -> tuple[Any, ...]:
    """The weights as torch has them. The kernels of a GPU want them side by side in one piece of memory."""
    weights = (kernel.t(), recurrent.t(), *biases)
    if not kernel.is_cuda:
        return weights
    buffer = torch.cat([w.reshape(-1) for w in weights])
    pieces = torch.split(buffer, [w.numel() for w in weights])
    return tuple(piece.view(w.shape) for piece, w in zip(pieces, weights, strict=True))


def _marked(inputs: Any, kernel: Any, valid: Any, row: Any) -> tuple[Any, Any]:
    """Inputs with zeros and a feature of 1 where they are padding, and the kernel with a row for that feature."""
    padding = (~valid).to(inputs.dtype).unsqueeze(-1)
    kept = torch.where(valid.unsqueeze(-1), inputs, 0.0)
    return torch.cat((kept, padding), 2), torch.cat((kernel, row.unsqueeze(0)))


def _row(kernel: Any, *gates: float) -> Any:
    """The weights of the feature that marks padding, one number for each gate."""
    units = kernel.shape[1] // len(gates)
    return torch.cat([kernel.new_full((units,), gate) for gate in gates])


@table.implements(ops.lstm)
def lstm(
    inputs: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    initial_h: Any = None,
    initial_c: Any = None,
    mask: Any = None,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple[Any, Any, Any]:
    if not _is_fused(inputs) or not recurrent_kernel.numel():
        return table.composite(ops.lstm)(
            *(inputs, kernel, recurrent_kernel, bias, initial_h, initial_c, mask),
            *(go_backwards, return_sequences, zero_output_for_mask),
        )
    # Kernels of oneDNN read beyond the end of weights that do not fit.
    check_weights(4, inputs, kernel, recurrent_kernel, bias)
    units = recurrent_kernel.shape[0]
    if mask is not None or initial_h is not None or initial_c is not None:
        check_given(inputs.shape, units, mask, initial_h, initial_c)
    nothing: Any = None
    if initial_h is None or initial_c is None:
        nothing = inputs.new_zeros((inputs.shape[0], units))
    h = nothing if initial_h is None else initial_h
    c = nothing if initial_c is None else initial_c
    x = inputs.flip(1) if go_backwards else inputs
    if mask is None:
        return _lstm(x, kernel, recurrent_kernel, bias, h, c, return_sequences)
    valid = mask if mask.dtype is torch.bool else mask != 0
    valid = valid.flip(1) if go_backwards else valid
    # The steps that are data come first, in their order: after them the memory stays, and the output does not matter.
    order = torch.argsort((~valid).to(torch.uint8), dim=1, stable=True).unsqueeze(-1)
    counts = valid.cumsum(1)
    x = x.gather(1, order.expand(-1, -1, x.shape[2]))
    sorted_valid = valid.gather(1, order.squeeze(-1))
    x, kernel = _marked(x, kernel, sorted_valid, _row(kernel, -_SHUT, _SHUT, 0.0, 0.0))
    found, _, c = _lstm(x, kernel, recurrent_kernel, bias, h, c, True)
    some = counts[:, -1:] > 0
    last = found.gather(1, (counts[:, -1:] - 1).clamp(min=0).unsqueeze(-1).expand(-1, -1, units)).squeeze(1)
    h = torch.where(some, last, h)
    if not return_sequences:
        return torch.where(valid[:, -1:] if zero_output_for_mask else some, last, 0.0), h, c
    found = found.gather(1, (counts - 1).clamp(min=0).unsqueeze(-1).expand(-1, -1, units))
    return torch.where((valid if zero_output_for_mask else counts > 0).unsqueeze(-1), found, 0.0), h, c


def _lstm(x: Any, kernel: Any, recurrent: Any, bias: Any, h: Any, c: Any, sequences: bool) -> tuple[Any, Any, Any]:
    if _is_compiled_for_gradients(x):
        nothing = x.new_zeros(kernel.shape[1])
        found, h, c, _ = torch.ops.multikeras.lstm(
            x.transpose(0, 1), kernel.t(), recurrent.t(), nothing if bias is None else bias, nothing, h, c
        )
        return found.transpose(0, 1) if sequences else h, h, c
    # Torch has a second bias, which adds to the first.
    biases = () if bias is None else (bias, bias.new_zeros(bias.shape))
    states = (h.unsqueeze(0), c.unsqueeze(0))
    parameters = _parameters(kernel, recurrent, *biases)
    found, h, c = torch.lstm(x, states, parameters, bool(biases), 1, 0.0, torch.is_grad_enabled(), False, True)
    h = h.squeeze(0)
    return found if sequences else h, h, c.squeeze(0)


@table.implements(ops.gru)
def gru(
    inputs: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    initial_h: Any = None,
    mask: Any = None,
    reset_after: bool = True,
    go_backwards: bool = False,
    return_sequences: bool = True,
    zero_output_for_mask: bool = False,
) -> tuple[Any, Any]:
    if not (reset_after and _is_fused(inputs)):
        return table.composite(ops.gru)(
            *(inputs, kernel, recurrent_kernel, bias, initial_h, mask, reset_after),
            *(go_backwards, return_sequences, zero_output_for_mask),
        )
    check_weights(3, inputs, kernel, recurrent_kernel, bias, 2)
    units = recurrent_kernel.shape[0]
    if mask is not None or initial_h is not None:
        check_given(inputs.shape, units, mask, initial_h)
    h = inputs.new_zeros((inputs.shape[0], units)) if initial_h is None else initial_h
    x = inputs.flip(1) if go_backwards else inputs
    valid: Any = mask
    if mask is not None:
        valid = mask if mask.dtype is torch.bool else mask != 0
        valid = valid.flip(1) if go_backwards else valid
        x, kernel = _marked(x, kernel, valid, _row(kernel, _SHUT, 0.0, 0.0))
    biases = () if bias is None else _torch_order(bias).unbind(0)
    parameters = _parameters(_torch_order(kernel), _torch_order(recurrent_kernel), *biases)
    found, h = torch.gru(x, h.unsqueeze(0), parameters, bool(biases), 1, 0.0, torch.is_grad_enabled(), False, True)
    h = h.squeeze(0)
    if not return_sequences:
        found = h
    if mask is not None and (initial_h is not None or zero_output_for_mask):
        if return_sequences:
            kept = valid if zero_output_for_mask else valid.cumsum(1) > 0
        else:
            kept = valid[:, -1] if zero_output_for_mask else valid.any(1)
        found = torch.where(kept.unsqueeze(-1), found, 0.0)
    return found, h


def _torch_order(x: Any) -> Any:
    """Keras's gates are update, reset, new; torch's reset, update, new."""
    update, reset, new = x.chunk(3, -1)
    return torch.cat((reset, update, new), -1)
