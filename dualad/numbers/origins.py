"""Where an array comes from: follows a variable of Numba's untyped IR back through copies, views and tuples.

The answer decides what promotion may do. A *fresh* array can be born as an array of numbers instead; an *argument*
makes the caller do that; anything else is refused, because converting an array that has other names would cut the tie
between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba.core import ir, types

from .lift import lift

#: NumPy functions and array methods that return a view of their first argument (or may).
VIEWS = frozenset(
    [
        "reshape",
        "ravel",
        "transpose",
        "swapaxes",
        "moveaxis",
        "expand_dims",
        "squeeze",
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "asarray",
        "ascontiguousarray",
        "asfortranarray",
        "broadcast_to",
        "split",
        "array_split",
        "hsplit",
        "vsplit",
        "dsplit",
        "flip",
        "fliplr",
        "flipud",
        "rot90",
        "diagonal",
        "view",
        "as_strided",
        "sliding_window_view",
        "real",
        "imag",
        "asarray_chkfinite",
        "asanyarray",
        "broadcast_arrays",
        "as_series",
        "trimseq",
        "trim_zeros",
        "nditer",
        "ndenumerate",
    ]
)
#: Builtins whose result is a fresh scalar, whatever comes in.
SCALAR_BUILTINS = frozenset(
    ["float", "int", "complex", "bool", "abs", "max", "min", "sum", "pow", "round", "divmod", "len", "str", "repr"]
)
#: Builtins whose result holds the items that come in.
ITEM_BUILTINS = frozenset(["list", "tuple", "zip", "enumerate", "reversed", "iter", "sorted", "map", "filter"])
VIEW_ATTRIBUTES = frozenset(("T", "real", "imag", "flat"))


@dataclass(frozen=True)
class Fresh:
    """A statement that makes a new array, list or scalar: its target can be lifted there."""

    assign: ir.Assign


@dataclass(frozen=True)
class Argument:
    """An argument of the function itself."""

    index: int
    name: str


@dataclass(frozen=True)
class Item:
    """A value put into a list or set when it is built or extended: lifted at that statement."""

    holder: object  # the ir.Expr
    variable: ir.Var


@dataclass(frozen=True)
class Unknown:
    """A source that cannot be followed, with the reason."""

    reason: str
    loc: ir.Loc


class Origins:
    """Follows variables of one function.

    Parameters
    ----------
    func_ir : numba FunctionIR
    type_of : callable
        Numba type of a variable as far as inference got, or None.
    """

    def __init__(self, func_ir, type_of) -> None:
        self.func_ir, self.type_of = func_ir, type_of
        self._assigns: dict[str, list[ir.Assign]] = {}
        for block in func_ir.blocks.values():
            for assign in block.find_insts(ir.Assign):
                self._assigns.setdefault(assign.target.name, []).append(assign)

    def of(self, variable: ir.Var):
        """All origins of what `variable` may hold."""
        found: list = []
        self._follow(variable.name, found, set())
        return found

    def definition(self, variable: ir.Var):
        """What a variable is assigned, through copies; None where that is not one statement."""
        assigns = self._assigns.get(variable.name, [])
        if len(assigns) != 1:
            return None
        value = assigns[0].value
        return self.definition(value) if isinstance(value, ir.Var) else value

    def callee(self, expr: ir.Expr):
        """The Python object that a call expression calls, or `(array variable, method name)`, or None."""
        return self.value_of(expr.func)

    def value_of(self, variable: ir.Var):
        assigns = self._assigns.get(variable.name, [])
        if len(assigns) != 1:
            return None
        value = assigns[0].value
        if isinstance(value, (ir.Global, ir.FreeVar)):
            return value.value
        if isinstance(value, ir.Var):
            return self.value_of(value)
        if isinstance(value, ir.Expr) and value.op == "getattr":
            owner = self.value_of(value.value)
            if owner is None or isinstance(owner, (tuple, np.ndarray)):
                return value.value, value.attr
            return getattr(owner, value.attr, None)
        return None

    def _follow(self, name: str, found: list, seen: set[str]) -> None:
        if name in seen:
            return
        seen.add(name)
        for assign in self._assigns.get(name, ()):
            self._follow_value(assign, assign.value, found, seen)

    def _follow_value(self, assign, value, found, seen) -> None:
        follow = lambda variable: self._follow(variable.name, found, seen)  # noqa: E731
        match value:
            case ir.Var():
                follow(value)
            case ir.Arg():
                found.append(Argument(value.index, value.name))
            case ir.Const() | ir.Global() | ir.FreeVar():
                # constants are frozen and cannot be written, so a lifted copy is as good as the original
                found.append(Fresh(assign))
            case ir.Expr(op="phi"):
                for incoming in value.incoming_values:
                    if isinstance(incoming, ir.Var):
                        follow(incoming)
            case ir.Expr(op="cast" | "getiter" | "iternext" | "pair_first" | "exhaust_iter"):
                follow(value.value)
            case ir.Expr(op="inplace_binop"):
                (follow if self._is_array(value.lhs) else lambda _: found.append(Fresh(assign)))(value.lhs)
            case ir.Expr(op="getitem" | "static_getitem"):
                self._follow_item(assign, value, found, seen)
            case ir.Expr(op="getattr"):
                if value.attr in VIEW_ATTRIBUTES or isinstance(self.type_of(value.value), types.BaseNamedTuple):
                    follow(value.value)
                else:
                    found.append(Unknown(f"`.{value.attr}` is not a view that can be followed", assign.loc))
            case ir.Expr(op="build_tuple"):
                for item in value.items:
                    follow(item)
            case ir.Expr(op="build_list"):
                self._follow_list(assign, value, found, seen)
            case ir.Expr(op="call"):
                self._follow_call(assign, value, found, seen)
            case ir.Expr(op="binop" | "unary"):
                found.append(Fresh(assign))
            case _:
                found.append(Unknown(f"`{value}` cannot be followed", assign.loc))

    def _is_array(self, variable) -> bool:
        """Whether a variable is, or for want of types may be, an array."""
        type_ = self.type_of(variable)
        return type_ is None or isinstance(type_, types.Array)

    def _follow_item(self, assign, value, found, seen) -> None:
        base = self.type_of(value.value)
        if isinstance(base, types.BaseTuple) and value.op == "static_getitem" and isinstance(value.index, int):
            for source in self._assigns.get(value.value.name, ()):
                built = source.value
                if isinstance(built, ir.Var):
                    built = next((a.value for a in self._assigns.get(built.name, ())), None)
                if isinstance(built, ir.Expr) and built.op == "build_tuple":
                    self._follow(built.items[value.index].name, found, seen)
                    return
        if isinstance(base, types.Array) and not isinstance(self.type_of(assign.target), types.Array):
            found.append(Fresh(assign))  # a scalar read out of an array
            return
        self._follow(value.value.name, found, seen)

    def _follow_list(self, assign, value, found, seen) -> None:
        """A list is promoted by lifting everything that is put into it."""
        for item in value.items:
            self._follow_member(value, item, found, seen)
        for block in self.func_ir.blocks.values():
            for other in block.find_insts(ir.Assign):
                call = other.value
                if isinstance(call, ir.Expr) and call.op == "call":
                    target = self.callee(call)
                    if isinstance(target, tuple) and target[1] in ("append", "insert", "extend"):
                        if self._same_list(target[0], assign.target):
                            self._follow_member(call, call.args[-1], found, seen)

    def _follow_member(self, holder, item, found, seen) -> None:
        if isinstance(self.type_of(item), (types.Array, types.List, types.BaseTuple)):
            self._follow(item.name, found, seen)
        else:
            found.append(Item(holder, item))

    def _same_list(self, variable, wanted) -> bool:
        names, pending = set(), [variable.name]
        while pending:
            name = pending.pop()
            if name in names:
                continue
            names.add(name)
            for assign in self._assigns.get(name, ()):
                value = assign.value
                if isinstance(value, ir.Var):
                    pending.append(value.name)
                elif isinstance(value, ir.Expr) and value.op == "phi":
                    pending += [v.name for v in value.incoming_values if isinstance(v, ir.Var)]
        return wanted.name in names

    def _follow_call(self, assign, call, found, seen) -> None:
        target = self.callee(call)
        if isinstance(target, tuple):
            base, method = target
            if (method in VIEWS and self._is_array(base)) or method in ("pop", "__getitem__"):
                self._follow(base.name, found, seen)
            else:
                found.append(Fresh(assign))
            return
        name, module = getattr(target, "__name__", ""), getattr(target, "__module__", "") or ""
        if name in VIEWS and module.split(".")[0] == "numpy" and call.args:
            self._follow(call.args[0].name, found, seen)
        elif isinstance(target, type) and issubclass(target, tuple):
            for argument in (*call.args, *(variable for _, variable in call.kws)):
                self._follow(argument.name, found, seen)
        elif name == "list" and not call.args:
            self._follow_list(assign, ir.Expr.build_list([], call.loc), found, seen)
        elif module == "builtins" and name in ITEM_BUILTINS:
            for argument in call.args:
                self._follow(argument.name, found, seen)
        elif (
            target is lift  # a fresh array that was promoted already
            or (module == "builtins" and name in SCALAR_BUILTINS)
            or module.split(".")[0] in ("numpy", "math", "cmath")
            or isinstance(target, np.ufunc)
            or (isinstance(target, type) and issubclass(target, np.generic))
        ):
            found.append(Fresh(assign))
        else:
            self._follow_function(assign, call, target, found, seen)

    def _follow_function(self, assign, call, target, found, seen) -> None:
        """The result of a jitted function: fresh, one of its arguments, or not known."""
        from .aliases import returned

        for source in returned(target):
            if source == "fresh":
                found.append(Fresh(assign))
            elif isinstance(source, int) and source < len(call.args):
                self._follow(call.args[source].name, found, seen)
            else:
                name = getattr(target, "__name__", "the called function")
                found.append(
                    Unknown(f"what `{name}` returns may be another name of an array it did not make", assign.loc)
                )
