"""Spec: the shape and the dtype of a tensor, without its values."""

from __future__ import annotations

from typing import NamedTuple

Shape = tuple[int | None, ...]


class Spec(NamedTuple):
    """Shape and dtype of a tensor.

    Args:
        shape: Axis sizes, outermost first; `None` where a size is unknown.
        dtype: The dtype's name, such as `"float32"`. The names `"int"` and `"float"` stand for Python numbers,
            which adopt the dtype of the tensor that they meet.

    ```python
    >>> str(Spec((None, 3), "float32"))
    'float32(None, 3)'

    ```
    """

    shape: Shape
    dtype: str

    def __str__(self) -> str:
        return f"{self.dtype}({', '.join(map(str, self.shape))}{',' if len(self.shape) == 1 else ''})"

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)
