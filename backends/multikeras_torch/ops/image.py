"""Images by torch's kernels."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.image.blurring import blurred_by_convolution
from multikeras.ops.image.edges import edges_by_convolution
from multikeras.ops.nn._windows import per_axis
from multikeras_torch.table import table

table.takes_tensors_only("image.resize")
_INTERPOLATED = frozenset({torch.float32, torch.float64})


def _mode(old: Any, new: Any, interpolation: str, antialias: bool) -> str | None:
    """Torch's name of an interpolation that it has just so.

    Its cubic is another one, it has no Lanczos beside it, and of its nearest pixels those next to a tie depend on how
    places are rounded: there is none where sizes are multiples.
    """
    if interpolation == "bilinear" and not antialias:
        return "bilinear"
    if interpolation == "nearest" and 0 not in old and all(b % a == 0 for a, b in zip(old, new, strict=True)):
        return "nearest-exact"
    return None


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
    first = standardize_data_format(data_format) == "channels_first"
    mode = None
    if images.dtype in _INTERPOLATED and images.ndim in (3, 4) and images.numel() and fill_mode == "constant":
        mode = _mode(images.shape[-2:] if first else images.shape[-3:-1], size, interpolation, antialias)
    if mode is None or crop_to_aspect_ratio or pad_to_aspect_ratio:
        return table.composite(ops.image.resize)(
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
    if not first:
        # A view in the memory format that torch calls channels-last.
        x = x.permute(0, 3, 1, 2)
    x = functional.interpolate(x, (height, width), mode=mode)
    if not first:
        x = x.permute(0, 2, 3, 1)
    return x if images.ndim == 4 else x.squeeze(0)


@table.implements(ops.image.extract_patches)
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    # Windows are views, and copied once.
    if (
        images.ndim in (3, 4)
        and padding == "valid"
        and dilation_rate in (1, (1, 1), [1, 1])
        and strides is not None
        and (not isinstance(size, (list, tuple)) or len(size) == 2)
        and standardize_data_format(data_format) == "channels_last"
    ):
        (height, width), steps = per_axis(size, 2, "size"), per_axis(strides, 2, "strides")
        windows = images.unfold(-3, height, steps[0]).unfold(-3, width, steps[1])
        return windows.movedim(-3, -1).flatten(-3)
    return table.composite(ops.image.extract_patches)(images, size, strides, dilation_rate, padding, data_format)


table.implements(ops.image.gaussian_blur)(blurred_by_convolution)
table.implements(ops.image.sobel_edges)(edges_by_convolution)
