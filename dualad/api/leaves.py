"""The floats inside arguments and results that an operator differentiates: what they may be, and what is refused.

Drivers number all inputs of the active arguments in one sequence: leaves in order, the elements of an array in C order.
"""

from __future__ import annotations

from numba.core import types

from ..errors import ArgumentError, OutputError
from ..numbers.leaves import Leaf, leaves, rebuild
from ..numbers.types import DualType

__all__ = ["Leaf", "active_leaves", "leaves", "output_leaves", "rebuild"]


def active_leaves(path: str, type_: types.Type, name: str, operator: str) -> list[Leaf]:
    """Leaves of an argument that is differentiated; all of them must be floats.

    Raises
    ------
    ArgumentError
        Naming the argument, what came and what is expected.
    """
    found = list(leaves(path, type_))
    if not found:
        raise ArgumentError(f"{operator}: argument `{name}` is an empty tuple: there is nothing to differentiate by")
    for leaf in found:
        _check_input(leaf, name, operator)
    return found


def _check_input(leaf: Leaf, name: str, operator: str) -> None:
    kind = leaf.type
    expected = "expected a float, a float array, or a tuple or NamedTuple of those"
    if leaf.is_array:
        if isinstance(leaf.element, (types.Integer, types.Boolean)):
            raise ArgumentError(
                f"{operator}: argument `{name}` is an array of {leaf.element}; {expected}: "
                f"an array of whole numbers has no neighbourhood to differentiate in. Pass `{name}.astype(float)`, or leave "
                f"the argument out of `argnums`"
            )
        if not isinstance(leaf.element, (types.Float, types.Complex)):
            raise ArgumentError(f"{operator}: argument `{name}` is an array of {leaf.element}; {expected}")
    elif isinstance(kind, types.Boolean) or not isinstance(kind, (types.Number, DualType)):
        described = {types.pyobject: "a Python object that Numba has no type for"}.get(kind, str(kind))
        hint = ""
        if isinstance(kind, (types.List, types.ListType)):
            hint = f". Pass `np.array({name})`"
        elif kind == types.pyobject:
            hint = f". An array of objects or a list of mixed kinds? Pass `np.array({name}, dtype=float)`"
        raise ArgumentError(f"{operator}: argument `{name}` is {described}; {expected}{hint}")


def output_leaves(path: str, type_: types.Type, operator: str, function: str) -> list[Leaf]:
    """Leaves of a result; all of them must be floats or complex.

    Raises
    ------
    OutputError
    """
    found = list(leaves(path, type_))
    # whole numbers beside floats (a status, a count) ride along: their derivative is zero
    floats = any(isinstance(leaf.element, (types.Float, types.Complex)) for leaf in found)
    for leaf in found:
        if isinstance(leaf.type, types.NoneType):
            raise OutputError(
                f"{operator}: `{function}` returns None. If it writes its result into an argument, name that by "
                f"`out_argnums`, for example `{operator}({function}, out_argnums=...)`"
            )
        if not isinstance(leaf.element, (types.Float, types.Complex)) and not (floats and _is_whole(leaf)):
            raise OutputError(
                f"{operator}: `{function}` returns {leaf.type}; expected floats, float arrays or tuples of those. "
                f"A whole number has no derivative: return a float, or return it from another function"
            )
    if not found:
        raise OutputError(f"{operator}: `{function}` returns an empty tuple: there is nothing to differentiate")
    return found


def _is_whole(leaf: Leaf) -> bool:
    return isinstance(leaf.element, (types.Integer, types.Boolean))
