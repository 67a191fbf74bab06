"""Between tensors and the rest of the world."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.table import table


@table.implements(ops.stop_gradient)
def stop_gradient(variable: Any) -> Any:
    return variable
