"""Sums of products by subscripts."""

from __future__ import annotations

import string
from typing import Any

from multikeras import ops
from multikeras.ops._einsum import ELLIPSIS, read_subscripts
from multikeras_numpy.autodiff.gradient_rules import gradient


def _letters(subscripts: str, operands: Any) -> tuple[list[str], str, str]:
    """The labels of each operand and of the result as letters, the ellipsis written out, and the letters left over."""
    read = read_subscripts(subscripts)
    used = {label for labels in read.operands for label in labels}
    free = "".join(letter for letter in string.ascii_letters if letter not in used)
    counts = [
        x.ndim - len(labels) + 1 if ELLIPSIS in labels else 0 for x, labels in zip(operands, read.operands, strict=True)
    ]
    most = max(counts)
    hidden, free = free[:most], free[most:]
    terms = [
        "".join(hidden[most - count :] if label == ELLIPSIS else label for label in labels)
        for labels, count in zip(read.operands, counts, strict=True)
    ]
    return terms, "".join(hidden if label == ELLIPSIS else label for label in read.result), free


def _einsum(g: Any, y: Any, subscripts: str, operands: Any, keywords: Any, place: int) -> Any:
    """The product of the cotangent with the other operands, summed to the axes of this one."""
    terms, result, free = _letters(subscripts, operands)
    sizes: dict[str, int] = {}
    for x, term in zip(operands, terms, strict=True):
        for letter, size in zip(term, x.shape, strict=True):
            sizes[letter] = size if sizes.get(letter, 1) == 1 else sizes[letter]
    others = [
        ops.broadcast_to(x, tuple(sizes[letter] for letter in term))
        for i, (x, term) in enumerate(zip(operands, terms, strict=True))
        if i != place
    ]
    sources = [result, *(term for i, term in enumerate(terms) if i != place)]
    wanted = "".join(dict.fromkeys(terms[place]))
    found = "".join(letter for letter in wanted if any(letter in source for source in sources))
    product = ops.einsum(f"{','.join(sources)}->{found}", g, *others, **keywords)
    if found != wanted:
        # An axis that only this operand has was summed over.
        product = ops.reshape(product, tuple(sizes[letter] if letter in found else 1 for letter in wanted))
        product = ops.broadcast_to(product, tuple(sizes[letter] for letter in wanted))
    labels = ""
    for letter in terms[place]:
        if letter not in labels:
            labels += letter
            continue
        # A letter that this operand has twice is a diagonal.
        twin, free = free[0], free[1:]
        ones = ops.eye(sizes[letter], dtype=product.dtype.name)
        product = ops.einsum(f"{wanted},{letter}{twin}->{wanted}{twin}", product, ones)
        wanted += twin
        labels += twin
    return ops.transpose(product, [wanted.index(letter) for letter in labels])


gradient(ops.einsum, needs="arguments", operands=_einsum)
