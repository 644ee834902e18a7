"""Products with the result of a singular function: `x * log(x)`, `x * sqrt(x)`, `p * (1 / q)`.

At a singular point such a product multiplies an infinite slope by an exact zero. Treating every product so (strong zero)
makes ODE code 1.3 times slower; but a product whose operand was just computed by a singular function has cost enough for
the test not to show. Those are found in the typed program, and become `strong_product`.
"""

from __future__ import annotations

import dataclasses
import operator

import numpy as np
from numba.core import ir, types
from numba.extending import overload
from numba.np.numpy_support import as_dtype, from_dtype

from ..rules.table import RULE_OF, RULES
from .broadcasting import elementwise, is_mixable, value_type
from .operations import register_rule
from .types import carries_duals, dual_type, levels_in


def strong_product(x, y):
    """`x * y` whose derivative takes 0 times infinity as 0."""
    return x * y


def register_strong_product() -> None:
    """Register the rule of products once more, with a strong zero."""
    register_rule(
        dataclasses.replace(RULES["mul"], calls=(strong_product,), complex_call=strong_product, strong_zero=True)
    )


@overload(strong_product)
def _strong_product(x, y):
    arrays = [t for t in (x, y) if isinstance(t, types.Array)]
    if not arrays or not (carries_duals(x) or carries_duals(y)):
        return lambda x, y: x * y
    value = from_dtype(np.result_type(as_dtype(value_type(x)), as_dtype(value_type(y))))
    element = dual_type(value, levels_in((x, y)))
    loop = elementwise(strong_product, element, "F" if {a.layout for a in arrays} == {"F"} else "C")
    return lambda x, y: loop((x, y))


def strengthen(func_ir, origins, type_of) -> None:
    """Replace products with an operand that a singular function gave, in a typed function."""
    for block in func_ir.blocks.values():
        for assign in block.find_insts(ir.Assign):
            expr = assign.value
            if isinstance(expr, ir.Expr) and expr.op == "binop" and expr.fn is operator.mul:
                kinds = [type_of(expr.lhs), type_of(expr.rhs)]
                if all(map(_is_floating, kinds)) and any(map(carries_duals, kinds)):
                    if _is_singular(origins, expr.lhs) or _is_singular(origins, expr.rhs):
                        expr.fn = strong_product


def _is_floating(type_) -> bool:
    return type_ is not None and is_mixable(type_) and isinstance(value_type(type_), (types.Float, types.Complex))


def _is_singular(origins, variable) -> bool:
    value = origins.definition(variable)
    if not isinstance(value, ir.Expr):
        return False
    if value.op == "binop":
        called = value.fn
        if called is operator.pow and _is_whole(origins, value.rhs):
            return False
    elif value.op == "call":
        called = origins.callee(value)
    else:
        return False
    try:
        found = RULE_OF.get(called)
    except TypeError:
        return False
    return found is not None and found.strong_zero


def _is_whole(origins, variable) -> bool:
    value = origins.definition(variable)
    return isinstance(value, (ir.Const, ir.Global, ir.FreeVar)) and isinstance(value.value, int)
