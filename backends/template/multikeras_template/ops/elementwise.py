"""Functions of each entry alone."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import autograd.scipy.special as special
import numpy as np
from autograd.extend import defvjp_argnums, primitive
from autograd.tracer import getval

from multikeras import ops
from multikeras_template.picking import select
from multikeras_template.precision import in_float32
from multikeras_template.table import table
from multikeras_template.tensors import cast

# Autograd wraps every function of NumPy under its own name, with its gradient where it has one.
_SAME = """
    absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_not bitwise_or bitwise_xor
    ceil cos cosh divide equal exp expm1 floor floor_divide greater greater_equal imag isfinite isinf isnan less
    less_equal log log1p logical_and logical_not logical_or logical_xor maximum minimum mod multiply negative not_equal
    real sin sinh sqrt subtract tan tanh trunc
"""
table.alias(**{name: getattr(anp, name) for name in _SAME.split()})
table.alias(bitwise_left_shift=np.left_shift, bitwise_right_shift=np.right_shift, stop_gradient=getval)


def _in_float64(function: Callable) -> Callable:
    return lambda x: cast(function(cast(x, "float64")), x.dtype.name)


# SciPy has these for float32 and float64 alone, and Autograd's gradients of them are in float64.
table.alias(erf=_in_float64(special.erf), erfc=_in_float64(special.erfc), erfinv=_in_float64(special.erfinv))
table.alias(sigmoid=lambda x: 1 / (1 + anp.exp(-x)) if x.dtype.kind == "c" else in_float32(special.expit)(x))
table.alias(softplus=lambda x: anp.logaddexp(x, np.zeros((), x.dtype)), round=in_float32(anp.round))
table.alias(sign=lambda x: x / anp.where(x == 0, 1, anp.abs(x)) if x.dtype.kind == "c" else anp.sign(x))
table.alias(conj=lambda x: anp.conj(x) if x.dtype.kind == "c" else x)


@table.implements(ops.power)
def power(x1: Any, x2: Any) -> Any:
    if x2.dtype.kind != "i" or not (x2 < 0).any():
        # Of one exponent for all NumPy may take the root, which -inf has none of.
        return anp.power(x1, x2 + np.zeros(x1.shape, x2.dtype))
    # 1 / x1 ** n, cut off to an integer, which NumPy refuses: not 0 for 1 and -1 alone.
    return np.where((x2 >= 0) | (np.abs(x1) == 1), np.power(x1, np.abs(x2)), np.zeros((), x1.dtype))


@table.implements(ops.where)
def where(condition: Any, x1: Any, x2: Any) -> Any:
    if x1 is None and x2 is None:
        return tuple(places.astype(np.int32) for places in getval(condition).nonzero())
    if x1 is None or x2 is None:
        raise TypeError("one of two")
    return select(getval(condition), x1, x2)


@table.implements(ops.cond)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    if not (callable(true_fn) and callable(false_fn)):
        raise TypeError("the branches are functions")
    return true_fn() if getval(pred) else false_fn()


@table.implements(ops.custom_gradient)
def custom_gradient(function: Callable, tensors: list[Any]) -> list[Any]:
    def output(k: int) -> Any:
        def back(argnums: Any, _: Any, values: Any, named: Any) -> Callable:
            (y, pull), conj = function(list(values)), table.native["conj"]
            return lambda g: [conj(pull([conj(g) if i == k else 0 * x for i, x in enumerate(y)])[j]) for j in argnums]

        call = primitive(lambda *values: function(list(values))[0][k])
        return defvjp_argnums(call, back) or call(*tensors)

    return [output(k) for k in range(len(function([getval(x) for x in tensors])[0]))]


@table.implements(ops.relu)
def relu(x: Any) -> Any:
    # Not maximum, of which Autograd would give half of the gradient at 0 to each argument.
    return select(getval(x) <= 0, np.zeros((), x.dtype), x)
