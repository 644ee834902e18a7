"""Pieces of Python source: expressions that know how tightly they bind, and the names that generated code may use."""

from __future__ import annotations

import builtins
import keyword
import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from ..pipeline.linked import linked
from ..program.tree import Recursive
from .sums import FASTMATH

__all__ = ["ATOM", "Code", "Names", "atom", "binary", "call", "index", "range_code", "unary"]

ATOM = 100


class Code(NamedTuple):
    """An expression as text, with the binding strength of its outermost operator."""

    text: str
    strength: int = ATOM

    def __str__(self) -> str:
        return self.text

    def within(self, strength: int) -> str:
        """The text as an operand of an operator of that strength."""
        return self.text if self.strength >= strength else f"({self.text})"


#: Operators by their functions: how they are written, how tightly they bind.
BINARY: dict[Any, tuple[str, int]] = {
    operator.or_: ("|", 5),
    operator.xor: ("^", 6),
    operator.and_: ("&", 7),
    operator.lshift: ("<<", 8),
    operator.rshift: (">>", 8),
    operator.add: ("+", 10),
    operator.sub: ("-", 10),
    operator.mul: ("*", 20),
    operator.truediv: ("/", 20),
    operator.floordiv: ("//", 20),
    operator.mod: ("%", 20),
    operator.matmul: ("@", 20),
    operator.pow: ("**", 40),
}
COMPARISONS = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
    operator.is_: "is",
    operator.is_not: "is not",
}
_COMPARES, _NOT, _UNARY = 4, 3, 30
UNARY = {operator.neg: "-", operator.pos: "+", operator.invert: "~", operator.not_: "not "}
#: In-place operators on arrays are statements of their own.
IN_PLACE = {
    operator.iadd: "+=",
    operator.isub: "-=",
    operator.imul: "*=",
    operator.itruediv: "/=",
    operator.ifloordiv: "//=",
    operator.imod: "%=",
    operator.ipow: "**=",
    operator.iand: "&=",
    operator.ior: "|=",
    operator.ixor: "^=",
    operator.ilshift: "<<=",
    operator.irshift: ">>=",
    operator.imatmul: "@=",
}


def atom(text: str) -> Code:
    return Code(text)


def binary(function: Any, left: Code, right: Code) -> Code:
    """`left op right`."""
    if function in COMPARISONS:
        sides = left.within(_COMPARES + 1), right.within(_COMPARES + 1)
        return Code(f"{sides[0]} {COMPARISONS[function]} {sides[1]}", _COMPARES)
    sign, strength = BINARY[function]
    # `**` binds to the right, all others to the left: the order of operations is the user's
    first, second = (strength + 1, strength) if function is operator.pow else (strength, strength + 1)
    return Code(f"{left.within(first)} {sign} {right.within(second)}", strength)


def unary(function: Any, operand: Code) -> Code:
    strength = _NOT if function is operator.not_ else _UNARY
    return Code(f"{UNARY[function]}{operand.within(strength + 1)}", strength)


def call(function: str, arguments: Iterable[Code | str]) -> Code:
    return Code(f"{function}({', '.join(map(str, arguments))})")


def index(array: Code, position: str) -> Code:
    return Code(f"{array.within(ATOM)}[{position}]")


def number(value: Any) -> Code:
    """A literal for a Python number; not for NumPy scalars, whose type a literal would lose."""
    if isinstance(value, complex):
        return atom(f"complex({number(value.real)}, {number(value.imag)})")
    if isinstance(value, float) and not math.isfinite(value):
        return atom("np.nan" if math.isnan(value) else "np.inf") if value != -math.inf else Code("-np.inf", _UNARY)
    text = repr(value)
    return Code(text, _UNARY if text.startswith("-") else ATOM)


_RESERVED = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "math", "cmath"}


class Names:
    """Names of the generated function, each given once, and the globals that it reads.

    Parameters
    ----------
    taken : iterable of str
        Names that the program uses itself.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        import cmath

        self._taken = {*taken, *_RESERVED}
        self.globals: dict[str, Any] = {"np": np, "math": math, "cmath": cmath}
        self._known: dict[int, str] = {}

    def fresh(self, wish: str) -> str:
        """`wish`, with a number behind it if it is taken."""
        name, count = wish, 1
        while name in self._taken:
            count += 1
            name = f"{wish}_{count}"
        self._taken.add(name)
        return name

    def of(self, value: Any, wish: str = "") -> str:
        """The expression that reads a global value: `math.sin`, `np.exp`, `len`, or a name given to it."""
        value = value.dispatcher if isinstance(value, Recursive) else value
        value = getattr(value, "__dualad_emitted__", value)
        if getattr(value, "__module__", None) == f"{__package__}.support":
            return self.jitted(value)
        if id(value) not in self._known:
            self._known[id(value)] = _public_name(value) or self._new_global(value, wish)
        return self._known[id(value)]

    def jitted(self, function: Callable[..., Any]) -> str:
        """Like `of`, for a plain Python function that generated code calls: compiled with it."""
        if id(function) not in self._known:
            self._known[id(function)] = self._new_global(_dispatcher(function), function.__name__)
        return self._known[id(function)]

    def _new_global(self, value: Any, wish: str) -> str:
        wish = wish or getattr(value, "__name__", "") or "constant"
        name = self.fresh(wish if wish.isidentifier() else "constant")
        self.globals[name] = value
        return name


#: Dispatchers of helper functions: each is compiled once for its types, however many adjoints call it.
_DISPATCHERS: dict[Callable[..., Any], Any] = {}


def _dispatcher(function: Callable[..., Any]) -> Any:
    from numba import njit
    from numba.core.dispatcher import Dispatcher

    if isinstance(function, Dispatcher):
        return function
    if (getattr(function, "__module__", None) or "").startswith("dualad."):
        return _DISPATCHERS.setdefault(function, linked(function, FASTMATH.get(function, False)))
    return njit(error_model="numpy")(function)


def _public_name(value: Any) -> str:
    """How everybody writes a function of Python, math, cmath or NumPy."""
    import cmath

    name = getattr(value, "__name__", "")
    if not isinstance(name, str) or not name:
        return ""
    if value is np:
        return "np"
    if getattr(builtins, name, None) is value:
        return name
    for module, prefix in (
        (math, "math"),
        (cmath, "cmath"),
        (np, "np"),
        (np.linalg, "np.linalg"),
        (np.random, "np.random"),
    ):
        if getattr(module, name, None) is value:
            return f"{prefix}.{name}"
    return ""


def function_code(function: Callable[..., Any], arguments: list[Code], names: Names) -> Code:
    """A call as people write it: operators by their signs."""
    if function in BINARY or function in COMPARISONS:
        if len(arguments) == 2:
            return binary(function, *arguments)
    if function in UNARY and len(arguments) == 1:
        return unary(function, *arguments)
    return call(names.of(function), arguments)


def range_code(start: Code, stop: Code, step: Code) -> Code:
    """`range(...)` with as few arguments as will do."""
    if step.text == "1":
        return call("range", [stop] if start.text == "0" else [start, stop])
    return call("range", [start, stop, step])
