"""Images by torch's kernels."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras_torch.table import table

table.takes_tensors_only("image.resize")
_INTERPOLATED = frozenset({torch.float32, torch.float64})


@table.implements(ops.image.resize)
def resize(
    images: Any,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    # Torch's cubic is another one, and has no Lanczos beside it; its nearest rounds places in floats.
    plain = interpolation == "bilinear" and not antialias and not crop_to_aspect_ratio and not pad_to_aspect_ratio
    if not plain or fill_mode != "constant" or images.dtype not in _INTERPOLATED or images.ndim not in (3, 4):
        return ops.image.resize.op.body(
            images,
            size,
            interpolation,
            antialias,
            crop_to_aspect_ratio,
            pad_to_aspect_ratio,
            fill_mode,
            fill_value,
            data_format,
        )
    height, width = size
    x = images if images.ndim == 4 else images.unsqueeze(0)
    first = standardize_data_format(data_format) == "channels_first"
    if not first:
        # A view in the memory format that torch calls channels-last.
        x = x.permute(0, 3, 1, 2)
    if x.shape[0] == 0:
        x = x.new_zeros((0, x.shape[1], height, width))
    else:
        x = functional.interpolate(x, (height, width), mode="bilinear", align_corners=False)
    if not first:
        x = x.permute(0, 2, 3, 1)
    return x if images.ndim == 4 else x.squeeze(0)
