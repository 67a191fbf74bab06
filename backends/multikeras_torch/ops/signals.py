"""Signals cut into windows."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.ops.signals import check_counts
from multikeras_torch.table import table


@table.implements(ops.extract_sequences)
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    check_counts(sequence_length=sequence_length, sequence_stride=sequence_stride)
    if x.shape[-1] < sequence_length:
        return x.new_zeros((*x.shape[:-1], 0, sequence_length))
    return x.unfold(-1, sequence_length, sequence_stride)
