"""Operations on complex numbers that are not holomorphic: parts, absolute value, argument, conjugate, and numbers made of parts.

The cotangent of a complex `z` is the derivative by its real part minus i times that by its imaginary part. So holomorphic
functions multiply it by their slope, without conjugates, which is what the rules for real numbers do; the cotangent of a
real number that enters a complex one is the real part of what flows there.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Const, Op, Operand, Var
from .activity import carries_floats
from .code import ATOM, Code, call
from .memory import is_array, is_container
from .partials import operand_code
from .statements import Context, Reversal
from .support import along_absolute, along_argument

if TYPE_CHECKING:
    from .backward import Backward

__all__ = ["complex_call", "complex_numbers"]

ABSOLUTE = {abs, np.abs, np.absolute}
ARGUMENT = {np.angle, cmath.phase}
CONJUGATE = {np.conj, np.conjugate}


@dataclass(eq=False)
class Parts(Reversal):
    """A call that is linear over the real numbers: each argument with what flows into it, by the cotangent of the result."""

    flows: list[tuple[Var, Callable[[Code], Code]]]

    def gives(self) -> list[Var]:
        return [var for var, _ in self.flows]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        weight = back.cotangents.take(self.op.result, len(self.flows))
        if weight is None:
            return
        with back.cotangents.hold(weight) as held:
            for var, flow in self.flows:
                back.cotangents.add(var, flow(held.code), stays=False)


@dataclass(eq=False)
class Measure(Reversal):
    """`y = abs(z)` or the argument of `z`: real, and with a slope that depends on where `z` points. 0 at 0."""

    slope: Callable[..., Any]

    def needs(self) -> list[Operand]:
        return [self.op.args[0]]

    def gives(self) -> list[Var]:
        return [self.op.args[0]]

    def emit(self, back: Backward) -> None:
        assert self.op.result is not None
        weight = back.cotangents.take(self.op.result, 1)
        if weight is not None:
            given = [weight, operand_code(self.op.args[0], back.names)]
            back.cotangents.add(self.op.args[0], call(back.names.jitted(self.slope), given), stays=False)


def complex_call(op: Op, varied: list[bool]) -> Reversal | None:
    """The adjoint of a call that takes or makes complex numbers; None if it is none of these.

    Parameters
    ----------
    op : Op
        On numbers.
    varied : list of bool
        For each argument, whether derivatives flow through it.
    """
    function, args = _function(op), op.args
    if function is complex and len(args) == 2 and not op.kwargs:
        pulls = (_real_part, _minus_imaginary_part)
        return Parts(op, [(a, pull) for a, pull, v in zip(args, pulls, varied, strict=True) if v])
    if len(args) != (2 if op.function is getattr else 1) or op.kwargs or not carries_floats(args[0].type):
        return None
    of_complex = isinstance(args[0].type, types.Complex)
    if not of_complex and not isinstance(args[0].type, types.Float):
        return None
    if function in ABSOLUTE and of_complex:
        return Measure(op, along_absolute) if varied[0] else Parts(op, [])
    if function in ARGUMENT:
        return Measure(op, along_argument) if of_complex and varied[0] else Parts(op, [])
    if function in CONJUGATE:
        flow: Callable[[Code], Code] | None = _conjugate if of_complex else _same
    elif function is np.real:
        flow = _as_real_part if of_complex else _same
    elif function is np.imag:
        flow = _as_imaginary_part if of_complex else None
    else:
        return None
    return Parts(op, [(args[0], flow)] if varied[0] and flow is not None else [])


def complex_numbers(op: Op, context: Context) -> Reversal | None:
    """The adjoint of an operation, if it is one on complex numbers."""
    if op.function is np.imag and is_array(op.args[0]):
        _refuse_written_part(op, context)
        return None  # the table of pullbacks has it
    if op.result is None or is_container(op.result) or not all(isinstance(a, (Var, Const)) for a in op.args):
        return None
    if any(is_container(a) for a in op.args):
        return None
    return complex_call(
        op, [isinstance(a, Var) and carries_floats(a.type) and context.active.is_varied(a) for a in op.args]
    )


def _function(op: Op) -> Any:
    """What is called, attributes by the function of the same meaning."""
    if op.function is getattr:
        return {"real": np.real, "imag": np.imag}.get(op.args[1].value)
    try:
        hash(op.function)
    except TypeError:
        return None
    return op.function


def _refuse_written_part(op: Op, context: Context) -> None:
    """The imaginary part of an array shares its memory, but the shadow of one is not a part of the other's."""
    assert op.result is not None
    memory = context.memory
    if any(memory.follows(store, through, op, op.result) for store, through in memory.stores):
        raise UnsupportedError(
            "the imaginary part of an array that is written afterwards",
            "both share their memory, and their cotangents do not",
            "take the parts of elements (`z[i].imag`), or assign whole complex numbers",
            op.where.show(),
        )


def _real_part(weight: Code) -> Code:
    return Code(f"{weight.within(ATOM)}.real")


def _minus_imaginary_part(weight: Code) -> Code:
    return Code(f"-{weight.within(ATOM)}.imag", 30)


def _conjugate(weight: Code) -> Code:
    return call("np.conj", [weight])


def _same(weight: Code) -> Code:
    return weight


def _as_real_part(weight: Code) -> Code:
    return call("complex", [weight, "0.0"])


def _as_imaginary_part(weight: Code) -> Code:
    return call("complex", ["0.0", Code(f"-{weight.within(31)}", 30)])
