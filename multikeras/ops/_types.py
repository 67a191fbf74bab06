"""The types that op signatures are written with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""What ops take and return: a native tensor; also taken are variables, symbolic tensors, host arrays, numbers,
lists."""

Axis: TypeAlias = int | Sequence[int] | None
"""One axis, several, or all."""

DType: TypeAlias = Any
"""A dtype by name, or a NumPy, Python or framework dtype."""
