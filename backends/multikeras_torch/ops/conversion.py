"""Between tensors and the rest of the world."""

from __future__ import annotations

import torch

from multikeras_torch.table import table

table.alias(stop_gradient=torch.Tensor.detach)
