"""Products with the result of a singular function: `x * log(x)`, `x * sqrt(x)`, `p * (1 / q)`.

At a singular point such a product multiplies an infinite slope by an exact zero. Treating every product so (strong zero)
makes ODE code 1.3 times slower; but a product whose operand was just computed by a singular function has cost enough for
the test not to show. Those are found in the typed program, and become `strong_product`.
"""

from __future__ import annotations

import operator

import numpy as np
from numba.core import ir, types
from numba.extending import overload

from ..rules.table import RULE_OF, rule
from .types import carries_duals


def strong_product(x, y):
    """`x * y` whose derivative takes 0 times infinity as 0."""
    return x * y


rule("strong_product", (strong_product,), "x y", "y", "x", samples=[(-3, 3), (-3, 3)], strong_zero=True)


@overload(strong_product)
def _strong_product(x, y):
    if not isinstance(x, types.Array) and not isinstance(y, types.Array):
        return lambda x, y: x * y
    if not carries_duals(x) and not carries_duals(y):
        return lambda x, y: x * y

    def elementwise(x, y):
        result = x * y
        left, right = np.broadcast_to(x, result.shape), np.broadcast_to(y, result.shape)
        for index in np.ndindex(result.shape):
            result[index] = strong_product(left[index], right[index])
        return result

    return elementwise


def strengthen(func_ir, origins, type_of) -> None:
    """Replace products with an operand that a singular function gave, in a typed function."""
    for block in func_ir.blocks.values():
        for assign in block.find_insts(ir.Assign):
            expr = assign.value
            if isinstance(expr, ir.Expr) and expr.op == "binop" and expr.fn is operator.mul:
                operands = (expr.lhs, expr.rhs)
                if any(carries_duals(type_of(v)) for v in operands if type_of(v) is not None):
                    if any(_is_singular(origins, v) for v in operands):
                        expr.fn = strong_product


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
