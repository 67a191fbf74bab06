"""Between tensors and the rest of the world."""

from __future__ import annotations

from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import kernel

table.alias(stop_gradient=kernel("StopGradient"))
