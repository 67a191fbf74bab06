"""The cardinal sine and the Bessel function of order 0."""

from __future__ import annotations

import torch

from multikeras_torch.table import table
from multikeras_torch.widened import unary

table.alias(i0=unary(torch.special.i0), sinc=unary(torch.special.sinc))
