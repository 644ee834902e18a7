"""Builtins whose call Numba resolves through a class, or in other ways that an extension cannot reach.

Inside twins, a call of a key of `SUBSTITUTES` is a call of its value, which does the same on ordinary numbers and the
differentiable thing on numbers that carry derivatives.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload

from .parts import imaginary, join, of_primal, real, retyped
from .types import DualType, carries_duals

SUBSTITUTES: dict[Any, Callable[..., Any]] = {}


def substitute(*originals):
    """Decorator: the implementation chooser of a function that stands for `originals` inside twins."""

    def register(choose):
        for original in originals:
            stub = _stub(original, choose)
            overload(stub, strict=False)(_chooser(original, choose))
            SUBSTITUTES[original] = stub
        return choose

    return register


def _stub(original, choose):
    def stub(*args):
        raise NotImplementedError("only inside compiled code")

    stub.__name__ = getattr(original, "__name__", "builtin")
    stub.__module__ = "dualad.numbers.substitutes"
    return stub


def _chooser(original, choose):
    # what is not Numba's is compiled
    plain = njit(error_model="numpy")(original) if isinstance(original, FunctionType) else original

    def chooser(*args):
        args = args[0] if len(args) == 1 and isinstance(args[0], (types.StarArgTuple, types.StarArgUniTuple)) else args
        if any(map(carries_duals, args)):
            return choose(original, *args)
        count = len(args)
        source = f"def plain(*args):\n    return original({', '.join(f'args[{i}]' for i in range(count))})\n"
        namespace = {"original": plain}
        exec(source, namespace)
        return namespace["plain"]

    return chooser


@substitute(float, np.float64)
def _to_float(original, x):
    if isinstance(x, types.Array) or x.is_complex:
        return None
    return lambda *args: retyped(args[0], np.float64)


@substitute(np.float32)
def _to_single(original, x):
    if isinstance(x, types.Array) or x.is_complex:
        return None
    return lambda *args: retyped(args[0], np.float32)


@substitute(complex, np.complex128)
def _to_complex(original, x, y=None):
    if y is None:
        return lambda *args: retyped(args[0], np.complex128)
    return lambda *args: join(args[0], args[1])


@substitute(np.complex64)
def _to_complex64(original, x):
    return lambda *args: retyped(args[0], np.complex64)


@substitute(
    int, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16, np.uint8, np.intp, bool, np.bool_
)
def _to_integer(original, x):
    if not isinstance(x, DualType):
        return None
    return lambda *args: original(of_primal(args[0]))


@substitute(round)
def _round(original, x, digits=None):
    if not isinstance(x, DualType):
        return None
    if digits is None:
        return lambda *args: round(of_primal(args[0]))
    return lambda *args: round(of_primal(args[0]), args[1])


@substitute(divmod)
def _divmod(original, x, y):
    return lambda *args: (args[0] // args[1], args[0] % args[1])


@substitute(max)
def _max(original, *given):
    return _extreme(given, ">")


@substitute(min)
def _min(original, *given):
    return _extreme(given, "<")


def _extreme(given, sign):
    """Python's rule: the first of equals stays."""
    if len(given) == 1 and isinstance(given[0], types.BaseTuple):
        items = [f"args[0][{i}]" for i in range(len(given[0].types))]
    elif len(given) == 1:
        source = (
            "def extreme(*args):\n"
            "    best = args[0][0]\n"
            "    for item in args[0]:\n"
            f"        if item {sign} best:\n"
            "            best = item\n"
            "    return best\n"
        )
        return _function(source, "extreme")
    else:
        items = [f"args[{i}]" for i in range(len(given))]
    lines = [f"    best_0 = {items[0]}"]
    for i, item in enumerate(items[1:]):
        lines.append(f"    best_{i + 1} = {item} if {item} {sign} best_{i} else best_{i}")
    return _function("def extreme(*args):\n" + "\n".join(lines) + f"\n    return best_{len(items) - 1}\n", "extreme")


def _function(source, name):
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return namespace[name]


@substitute(cmath.phase, np.angle)
def _phase(original, z):
    if isinstance(z, types.Array):
        return None
    return lambda *args: math.atan2(imaginary(args[0]), real(args[0]))


@substitute(cmath.polar)
def _polar(original, z):
    return lambda *args: (abs(args[0]), math.atan2(imaginary(args[0]), real(args[0])))


@substitute(cmath.rect)
def _rect(original, r, phi):
    return lambda *args: join(args[0] * math.cos(args[1]), args[0] * math.sin(args[1]))


@substitute(math.frexp)
def _frexp(original, x):
    if not isinstance(x, DualType):
        return None

    def frexp(*args):
        _, exponent = math.frexp(of_primal(args[0]))
        return math.ldexp(args[0], -exponent), exponent

    return frexp


@substitute(math.modf)
def _modf(original, x):
    if not isinstance(x, DualType):
        return None

    def modf(*args):
        whole = math.modf(of_primal(args[0]))[1]
        return args[0] - whole, whole

    return modf


@substitute(str, repr)
def _text(original, x):
    if not isinstance(x, DualType):
        return None
    return lambda *args: original(of_primal(args[0]))
