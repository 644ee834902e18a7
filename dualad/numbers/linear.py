"""Numbers of a level with the tag `ROWS`: cotangents of several outputs at once, each direction a row of the Jacobian.

An adjoint is linear in the cotangents that it is given. So it runs on numbers that are seeded in these alone: the forward sweep
stays plain, and each direction of what comes out is what a sweep with one cotangent would give. Such numbers have no value:
it is 0 throughout. A test for a zero (`if y_bar == 0.0`) would be answered for all rows at once, and a function that is not
linear would be taken at 0. Both are refused, whatever the code is that does it.
Reference: Griewank and Walther, Evaluating Derivatives (2008), section 3.2, the vector mode in reverse.
"""

from __future__ import annotations

from typing import Any

from numba.core import types

from ..errors import UnsupportedError
from ..rules.expressions import free_names
from .types import ROWS, DualType

_REWRITE = "cotangents one at a time"


def is_row(type_: types.Type) -> bool:
    """Whether a type is that of cotangents of several outputs."""
    return isinstance(type_, DualType) and ROWS in type_.tags


def refuse_value(type_: types.Type) -> None:
    """Refuse to take the value out of a number of several rows.

    Raises
    ------
    UnsupportedError
    """
    if is_row(type_):
        raise UnsupportedError(
            "the value of a cotangent in an adjoint",
            "cotangents of several outputs flow at once, and have no value of their own to branch on or to round",
            _REWRITE,
        )


def refuse_nonlinear(rule: Any, names: tuple[str, ...], kinds: tuple[types.Type, ...]) -> None:
    """Refuse a function that is not linear in those of its arguments that are cotangents of several outputs.

    It is linear where no partial by such an argument reads any of them, nor what is made of them.

    Parameters
    ----------
    rule : Rule
    names : tuple of str
        Of its arguments.
    kinds : tuple of numba types
        Of the arguments that it is called with.

    Raises
    ------
    UnsupportedError
    """
    rows = [i for i, kind in enumerate(kinds) if is_row(kind)]
    known = {name for i, name in enumerate(names) if i not in rows}
    known.update(name for name, expression in rule.setup if free_names(expression) <= known)
    if any(not free_names(rule.derivative((i,))) <= known for i in rows):
        raise UnsupportedError(
            f"`{rule.name}` of a cotangent in an adjoint",
            "it is not linear, so that cotangents of several outputs cannot flow through it at once",
            _REWRITE,
        )
