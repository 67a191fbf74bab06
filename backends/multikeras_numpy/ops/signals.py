"""Signals cut into windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops.signals import check_counts
from multikeras_numpy.table import table


@table.implements(ops.extract_sequences)
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    check_counts(sequence_length=sequence_length, sequence_stride=sequence_stride)
    if x.shape[-1] < sequence_length:
        return np.empty((*x.shape[:-1], 0, sequence_length), x.dtype)
    # A view, which cannot be written to since its windows overlap.
    shape = (*x.shape[:-1], (x.shape[-1] - sequence_length) // sequence_stride + 1, sequence_length)
    strides = (*x.strides[:-1], sequence_stride * x.strides[-1], x.strides[-1])
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)
