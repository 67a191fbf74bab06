"""Images on JAX."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_jax.table import table


@table.implements(ops.image.elastic_transform)
def elastic_transform(*values: Any) -> Any:
    # Not compiled as other composites are: it would draw once and for all.
    return table.composite(ops.image.elastic_transform)(*values)
