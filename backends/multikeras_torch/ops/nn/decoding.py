"""Beam search in graphs: one operator, where Dynamo would trace hundreds of operations a step."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.backend import Spec, registry
from multikeras.backend.select import on_backend
from multikeras.ops.nn.decoding import best_prefixes, check_decoding
from multikeras_torch.ops.nn import compiled_lstm  # noqa: F401 - defines the library
from multikeras_torch.table import table
from multikeras_torch.tensors import spec_of
from multikeras_torch.tracing import opaque


@opaque
def _search(inputs: Any, ends: Any, width: int, paths: int, blank: int) -> tuple[Any, Any]:
    with on_backend(registry.load("torch")):
        labels, scores = best_prefixes(inputs, ends, width, paths, blank)
    return labels.contiguous(), scores.contiguous()


def _shapes(inputs: Any, ends: Any, width: int, paths: int, blank: int) -> tuple[Any, Any]:
    batch, steps, _ = inputs.shape
    return inputs.new_empty(paths, batch, steps, dtype=torch.int32), inputs.new_empty(batch, paths)


_library = torch.library.Library("multikeras", "FRAGMENT")
_library.define("ctc_search(Tensor inputs, Tensor ends, int width, int paths, int blank) -> (Tensor, Tensor)")
_library.impl("ctc_search", _search, "CompositeExplicitAutograd")
torch.library.register_fake("multikeras::ctc_search", _shapes, lib=_library)


@table.implements(ops.ctc_decode)
def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[Any, Any]:
    if strategy != "beam_search" or not torch.compiler.is_compiling():
        body = table.composite(ops.ctc_decode)
        return body(inputs, sequence_lengths, strategy, beam_width, top_paths, merge_repeated, mask_index)
    specs = Spec(tuple(inputs.shape), spec_of(inputs).dtype), Spec(tuple(sequence_lengths.shape), "int32")
    check_decoding(*specs, strategy, beam_width, top_paths, mask_index)
    logits = (inputs if inputs.dtype is torch.float64 else inputs.float()).detach()
    ends = sequence_lengths.to(torch.int32).unsqueeze(-1)
    blank = -1 if mask_index is None else int(mask_index)
    return torch.ops.multikeras.ctc_search(logits, ends, int(beam_width), int(top_paths), blank % inputs.shape[2])
