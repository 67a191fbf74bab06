"""oneDNN's LSTM as an operator that graphs of Inductor can call where gradients are taken.

Torch's own operator has gradients too, but Inductor (torch 2.13) hands its kernel arguments of the wrong kind. Both
directions are operators here that the compiler does not look into. Tensors are float32, on the processor, time first.
"""

from __future__ import annotations

from typing import Any

import torch

from multikeras_torch.tracing import opaque

_LSTM = 2  # the number of the mode in torch's kernels


@opaque
def forward(x: Any, kernel: Any, recurrent: Any, bias: Any, other_bias: Any, h: Any, c: Any) -> tuple[Any, ...]:
    """All outputs, the last ones, the last memory, and what the gradients need of the kernel's own."""
    # The kernel writes the last of these in the grad mode alone.
    with torch.enable_grad():
        found = torch.ops.aten.mkldnn_rnn_layer(
            *(x.contiguous(), kernel, recurrent, bias, other_bias, h, c),
            *(False, [], _LSTM, h.shape[1], 1, True, False, False, True),
        )
    return tuple(y.detach() for y in found)


def _forward_shapes(x: Any, kernel: Any, recurrent: Any, bias: Any, other_bias: Any, h: Any, c: Any) -> tuple[Any, ...]:
    size = torch.library.get_ctx().new_dynamic_size()
    outputs = x.new_empty(x.shape[0], *h.shape)
    return outputs, torch.empty_like(h), torch.empty_like(c), x.new_empty(size, dtype=torch.uint8)


@opaque
def backward(*tensors: Any) -> tuple[Any, ...]:
    """The gradients of all arguments of `forward`, given these, its results and the gradients of the first three."""
    *given, output, h, c, workspace = tensors[:-3]
    gradients = tensors[-3:]
    x, *others = given
    dy, dh, dc = (
        torch.zeros_like(y) if gradient is None else gradient.contiguous()
        for y, gradient in zip((output, h, c), gradients, strict=True)
    )
    return torch.ops.aten.mkldnn_rnn_layer_backward(
        *(x.contiguous(), *others, output, h, c, dy, dh, dc),
        *(False, _LSTM, h.shape[1], 1, True, True, False, [], False, workspace),
    )


def _backward_shapes(*tensors: Any) -> tuple[Any, ...]:
    return tuple(torch.empty(x.shape, dtype=x.dtype) for x in tensors[:7])


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(*inputs, *output)


def _gradients(context: Any, *gradients: Any) -> tuple[Any, ...]:
    return torch.ops.multikeras.lstm_backward(*context.saved_tensors, *gradients[:3])


_names = ("x", "kernel", "recurrent", "bias", "other_bias", "h", "c")
_library = torch.library.Library("multikeras", "DEF")
_library.define(f"lstm({', '.join(f'Tensor {name}' for name in _names)}) -> (Tensor, Tensor, Tensor, Tensor)")
_library.define(
    "lstm_backward("
    + ", ".join(f"Tensor {name}" for name in (*_names, "output", "last_h", "last_c", "workspace"))
    + f", Tensor? dy, Tensor? dh, Tensor? dc) -> ({', '.join(['Tensor'] * len(_names))})"
)
_library.impl("lstm", forward, "CPU")
_library.impl("lstm_backward", backward, "CPU")
torch.library.register_fake("multikeras::lstm", _forward_shapes, lib=_library)
torch.library.register_fake("multikeras::lstm_backward", _backward_shapes, lib=_library)
torch.library.register_autograd("multikeras::lstm", _gradients, setup_context=_keep, lib=_library)
