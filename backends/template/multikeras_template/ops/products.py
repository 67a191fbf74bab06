"""Products of matrices and tensors."""

import string
from typing import Any

import autograd.numpy as anp
import numpy as np

from multikeras import ops
from multikeras.ops._einsum import ELLIPSIS, read_subscripts
from multikeras_template.picking import numbered, picked
from multikeras_template.precision import in_float32
from multikeras_template.table import table
from multikeras_template.tensors import cast


@table.implements(ops.matmul)
@in_float32
def matmul(x1: Any, x2: Any) -> Any:
    if x1.dtype.name == "int8":
        return np.matmul(x1, x2, dtype=np.int32)
    return anp.matmul(x1, x2)


table.alias(tensordot=in_float32(anp.tensordot))


@table.implements(ops.einsum)
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    # Autograd has gradients of operands that have every label once, none alone, and no axis that is broadcast.
    terms, result = _letters(subscripts, operands)
    small = operands[0].dtype.name == "int8"
    operands = tuple(cast(x, "int32") if small else x for x in operands)
    made = [_distinct(x, term) for x, term in zip(operands, terms, strict=True)]
    sizes = {letter: size for x, term in made for letter, size in zip(term, x.shape, strict=True) if size != 1}
    for i, (x, term) in enumerate(made):
        others = result + "".join(term for j, (_, term) in enumerate(made) if j != i)
        gone = [k for k, s in enumerate(term) if s not in others or (x.shape[k] == 1 and s in sizes)]
        made[i] = anp.sum(x, axis=tuple(gone), dtype=x.dtype), "".join(s for k, s in enumerate(term) if k not in gone)
    return _einsum(",".join(term for _, term in made) + "->" + result, *[x for x, _ in made], optimize=True)


_einsum = in_float32(anp.einsum)


def _letters(subscripts: str, operands: Any) -> tuple[list[str], str]:
    """One letter for each axis of each operand, and of the result."""
    read = read_subscripts(subscripts)
    free = "".join(letter for letter in string.ascii_letters if letter not in subscripts)
    most = max(x.ndim - len(labels) + 1 for x, labels in zip(operands, read.operands, strict=True))

    def written(labels: tuple[str, ...], count: int) -> str:
        return "".join(free[most - count : most] if label == ELLIPSIS else label for label in labels)

    terms = [written(labels, x.ndim - len(labels) + 1) for x, labels in zip(operands, read.operands, strict=True)]
    return terms, written(read.result, most)


def _distinct(x: Any, term: str) -> tuple[Any, str]:
    """An operand with every letter once: of one that it has twice, the diagonal."""
    letters = "".join(dict.fromkeys(term))
    return (x if letters == term else picked(x, np.einsum(f"{term}->{letters}", numbered(x.shape)))), letters
