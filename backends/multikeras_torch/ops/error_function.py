"""The error function and its inverse, entry by entry."""

from __future__ import annotations

import torch

from multikeras_torch.table import table
from multikeras_torch.widened import unary

table.alias(erf=unary(torch.erf), erfc=unary(torch.erfc), erfinv=unary(torch.erfinv))
