"""Numbers of a level with the tag `ROWS`: cotangents of several outputs at once, each direction a row of the Jacobian.

An adjoint is linear in the cotangents that it is given. So it runs on numbers that are seeded in these alone: the forward sweep
stays plain, and each direction of what comes out is what a sweep with one cotangent would give. Such numbers have no value:
it is 0 throughout. A test for a zero (`if y_bar == 0.0`) would be answered for all rows at once, and a function that is not
linear would be taken at 0. Both are refused, whatever the code is that does it.
Reference: Griewank and Walther, Evaluating Derivatives (2008), section 3.2, the vector mode in reverse.
"""

from __future__ import annotations

from numba.core import types

from ..errors import UnsupportedError
from .types import ROWS, DualType

#: Rules that are linear, and for which arguments. What a sum adds that is no cotangent is the 0 that it starts from.
LINEAR: dict[str, tuple[tuple[bool, ...], ...]] = {
    "add": ((True, True), (True, False), (False, True)),
    "sub": ((True, True), (True, False), (False, True)),
    "mul": ((True, False), (False, True)),
    "div": ((True, False),),
    "ldexp": ((True, False),),
    "neg": ((True,),),
    "pos": ((True,),),
    "degrees": ((True,),),
    "radians": ((True,),),
}

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


def refuse_nonlinear(name: str, kinds: tuple[types.Type, ...]) -> None:
    """Refuse a function that is not linear in those of its arguments that are cotangents of several outputs.

    Parameters
    ----------
    name : str
        Of its rule.
    kinds : tuple of numba types
        Of the arguments that it is called with.

    Raises
    ------
    UnsupportedError
    """
    if tuple(map(is_row, kinds)) not in LINEAR.get(name, ()):
        raise UnsupportedError(
            f"`{name}` of a cotangent in an adjoint",
            "it is not linear, so that cotangents of several outputs cannot flow through it at once",
            _REWRITE,
        )
