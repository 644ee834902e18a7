"""Buffers that receive derivatives become arrays of numbers, without a change to the user's code.

The function is typed as it stands. Every place where a number meets a container typed for plain floats (an element
store, an in-place operator, a join of two branches, an argument of a called function, an output argument) is a *conflict*; the
container is followed back to its origins (see `origins`) and promoted there: a fresh array is born as an array of
numbers, an own argument makes the caller promote, anything else is refused with the user's line. Then the function is
typed again, until there is no conflict: usually twice in all.
"""

from __future__ import annotations

import numpy as np
from numba.core import ir, types
from numba.core.errors import TypingError

from ..errors import UnsupportedError
from ..program.locate import Location
from .lift import lift
from .origins import Argument, Fresh, Item, Origins, Unknown
from .types import DualType, Level, Levels, carries_duals, element_types, levels_in, plain_type

#: Methods and functions that write into an array: position of the array and of the value.
WRITERS = {
    "fill": (0, 1), "append": (0, 1), "insert": (0, 2), "extend": (0, 1), "copyto": (0, 1), "fill_diagonal": (0, 1),
    "itemset": (0, -1), "put": (0, 2), "__setitem__": (0, 2),
}  # fmt: skip


def _is_of_floats(kind) -> bool:
    """Whether a type is that of a float, with or without derivatives, or of a tuple of these."""
    if isinstance(kind, types.BaseTuple) and not isinstance(kind, types.BaseNamedTuple):
        return len(kind.types) > 0 and all(map(_is_of_floats, kind.types))
    return kind is not None and isinstance(types.unliteral(kind), (types.Float, DualType))


class PromotionRequest(TypingError):
    """Raised by a twin whose own arguments must carry derivatives: {argument index: levels}."""

    def __init__(self, name: str, levels: dict[int, tuple[Level, ...]]) -> None:
        self.levels = levels
        super().__init__(f"arguments {sorted(levels)} of {name} receive values that carry derivatives")


class Promotion:
    """One round: finds the conflicts of a typed function and rewrites their origins.

    Parameters
    ----------
    func_ir : numba FunctionIR
        Changed in place.
    given : sequence of numba types
        Types of the arguments.
    type_of : callable
        Numba type of a variable, or None where inference has not reached it.
    requests_of : callable
        `requests_of(function type, argument types)`: {argument index: levels} that a twin asked for, or {}.
    """

    def __init__(self, func_ir, given, type_of, requests_of) -> None:
        self.func_ir, self.given, self.type_of, self.requests_of = func_ir, given, type_of, requests_of
        self.origins = Origins(func_ir, type_of)
        self.lifts: dict[int, tuple] = {}  # id(statement) -> (assign, levels)
        self.items: dict[int, tuple] = {}  # id(holder expr) -> (expr, {variable name: levels})
        self.arguments: dict[int, tuple[Level, ...]] = {}

    def run(self) -> bool:
        """Find conflicts; rewrite fresh origins; True where the function must be typed again."""
        self._refuse_hashing()
        for block in self.func_ir.blocks.values():
            for statement in block.body:
                self._inspect(statement)
        self._join_returns()
        if self.lifts or self.items:
            self._rewrite()
            return True
        return False

    # conflicts

    def _inspect(self, statement) -> None:
        match statement:
            case ir.SetAttr():
                self._set_attribute(statement)
            case ir.SetItem() | ir.StaticSetItem():
                self._store(statement.target, statement.value, statement.loc)
            case ir.Assign(value=ir.Arg() as argument) if self._is_container(statement.target):
                self._refined(statement.target, argument.index)
            case ir.Assign(value=ir.Expr(op="phi") as phi):
                self._join([v for v in phi.incoming_values if isinstance(v, ir.Var)], statement.loc)
            case ir.Assign(value=ir.Expr(op="inplace_binop") as expr) if self._is_container(expr.lhs):
                self._store(expr.lhs, expr.rhs, statement.loc)
            case ir.Assign(value=ir.Expr(op="build_list") as expr):
                self._join(list(expr.items), statement.loc)
            case ir.Assign(value=ir.Expr(op="build_tuple") as expr):
                self._same_members(expr)
            case ir.Assign(value=ir.Expr(op="call") as expr):
                self._call(expr, statement.loc)

    def _refuse_hashing(self) -> None:
        for block in self.func_ir.blocks.values():
            for assign in block.find_insts(ir.Assign):
                type_ = self.type_of(assign.target)
                keys = type_.key_type if isinstance(type_, types.DictType) else getattr(type_, "dtype", None)
                if isinstance(type_, (types.DictType, types.Set)) and keys is not None and carries_duals(keys):
                    raise UnsupportedError(
                        f"a {'dict whose keys' if isinstance(type_, types.DictType) else 'set whose items'} carry derivatives",
                        "equal keys may have different derivatives, so looking one up has no derivative",
                        "use whole numbers or strings as keys, or a list",
                        Location.of(assign.loc).show(),
                    )

    def _set_attribute(self, statement) -> None:
        if self._levels(statement.value):
            raise UnsupportedError(
                f"a store of a value that carries derivatives into attribute `{statement.attr}`",
                "the fields of a jitclass have fixed types, which hold no derivatives",
                "keep the value in a local variable, an array or a NamedTuple",
                Location.of(statement.loc).show(),
            )

    def _same_members(self, expr) -> None:
        """A tuple of equal members can be looped over and indexed by a variable: scalars keep that if all carry the same."""
        kinds = [self.type_of(item) for item in expr.items]
        if None in kinds or len({plain_type(kind) for kind in kinds}) != 1:
            return
        levels = levels_in(kinds)
        for item, kind in zip(expr.items, kinds, strict=True):
            if isinstance(types.unliteral(kind), types.Float) and levels:
                self.items.setdefault(id(expr), (expr, {}))[1][item.name] = levels

    def _refined(self, variable, index: int) -> None:
        """Numba refines the type of a list by what is appended to it: if that is an argument, the caller must know."""
        levels = self._levels(variable)
        if index < len(self.given) and not set(levels) <= set(levels_in([self.given[index]])):
            self.arguments[index] = levels

    def _is_container(self, variable) -> bool:
        return isinstance(self.type_of(variable), (types.Array, types.List, types.ListType))

    def _levels(self, variable) -> tuple[Level, ...]:
        type_ = self.type_of(variable)
        return () if type_ is None else levels_in([type_])

    def _store(self, target, value, loc) -> None:
        """`value` goes into container `target`."""
        type_ = self.type_of(target)
        levels = self._levels(value)
        if type_ is None or not levels or set(levels) <= set(levels_in([type_])):
            return
        if isinstance(type_, types.Array) and not type_.mutable:
            return  # a constant: Numba refuses the store, with or without derivatives
        elements = list(element_types(type_.value_type if isinstance(type_, types.DictType) else type_))
        if any(isinstance(e, (types.Integer, types.Boolean)) for e in elements):
            raise UnsupportedError(
                f"storing a value that carries derivatives into an array of {elements[0]}",
                "the store rounds the value, so its derivative would be lost without a word",
                "use a float array, or say `int(value)` where rounding is meant",
                Location.of(loc).show(),
            )
        self._demand(target, levels, loc)

    def _join(self, variables, loc) -> None:
        """Several containers under one name must carry the same levels."""
        containers = [v for v in variables if self._holds_containers(self.type_of(v))]
        levels = levels_in([self.type_of(v) for v in containers])
        for variable in containers:
            if levels and not set(levels) <= set(self._levels(variable)):
                self._demand(variable, levels, loc)

    def _holds_containers(self, type_) -> bool:
        if isinstance(type_, types.BaseNamedTuple):
            return True  # Numba unifies plain tuples member by member, but not these
        if isinstance(type_, types.BaseTuple):
            return any(self._holds_containers(member) for member in type_.types)
        return isinstance(type_, (types.Array, types.List, types.ListType))

    def _join_returns(self) -> None:
        returns = [s for block in self.func_ir.blocks.values() for s in block.find_insts(ir.Return)]
        if len(returns) > 1:
            self._join([s.value for s in returns], returns[0].loc)

    def _call(self, expr, loc) -> None:
        target = self.origins.callee(expr)
        arguments = list(expr.args)
        if isinstance(target, tuple):
            arguments.insert(0, target[0])
            name = target[1]
        else:
            name = getattr(target, "__name__", "")
        if name in WRITERS and len(arguments) > abs(WRITERS[name][0]):
            where, value = WRITERS[name]
            if len(arguments) > value and self._is_container(arguments[where]):
                self._store(arguments[where], arguments[value], loc)
        if name == "dot" and not isinstance(target, tuple) and len(arguments) > 2:
            for argument in arguments[:2]:
                self._store(arguments[2], argument, loc)
        keywords = dict(expr.kws)
        if "out" in keywords:
            for argument in expr.args:
                self._store(keywords["out"], argument, loc)
        if isinstance(target, np.ufunc) and len(arguments) > target.nin:
            for out in arguments[target.nin :]:
                for argument in arguments[: target.nin]:
                    self._store(out, argument, loc)
        if isinstance(self.type_of(expr.func), types.ClassType) and any(self._levels(a) for a in expr.args):
            raise UnsupportedError(
                f"making a `{name or 'jitclass'}` out of values that carry derivatives",
                "the fields of a jitclass have fixed types, which hold no derivatives",
                "use a NamedTuple, or pass the values as arguments",
                Location.of(loc).show(),
            )
        self._called_twin(expr, loc)

    def _called_twin(self, expr, loc) -> None:
        function = self.type_of(expr.func)
        if not isinstance(function, types.Dispatcher):
            return
        given = [(v, self.type_of(v)) for v in expr.args]
        keywords = {k: self.type_of(v) for k, v in expr.kws}
        if expr.vararg is not None or any(t is None for _, t in given) or None in keywords.values():
            return
        requested = self.requests_of(function.dispatcher, tuple(t for _, t in given), keywords)
        names = list(function.dispatcher._compiler.pysig.parameters)
        by_keyword = dict(expr.kws)
        for index, levels in requested.items():
            if index < len(given):
                variable = given[index][0]
            else:
                variable = by_keyword.get(names[index]) if index < len(names) else None
            if variable is None:
                continue
            self._demand(variable, levels, loc)

    # origins

    def _demand(self, variable, levels, loc) -> None:
        """`variable` must carry `levels`: promote everything it may have come from."""
        for origin in self.origins.of(variable):
            match origin:
                case Fresh(assign):
                    if not set(levels) <= set(self._levels(assign.target)):
                        known = self.lifts.get(id(assign), (assign, ()))[1]
                        self.lifts[id(assign)] = assign, tuple(sorted(set(known) | set(levels)))
                case Item(holder, item):
                    if not set(levels) <= set(self._levels(item)):
                        self.items.setdefault(id(holder), (holder, {}))[1][item.name] = levels
                case Argument(index):
                    if index < len(self.given) and set(levels) <= set(levels_in([self.given[index]])):
                        continue
                    known = self.arguments.get(index, ())
                    self.arguments[index] = tuple(sorted(set(known) | set(levels)))
                case Unknown(reason):
                    name = variable.unversioned_name if not variable.is_temp else "the array written here"
                    raise UnsupportedError(
                        f"a write of active values into `{name}`",
                        reason,
                        "make the array in this function (np.zeros, np.empty, .copy()) or pass it as an argument",
                        Location.of(loc).show(),
                    )

    # rewriting

    def lift_starts(self) -> bool:
        """Let numbers that a loop or a branch joins carry derivatives on every way; True if any did not.

        Numba types a loop with what enters it first, and then with what comes round. Numbers get a wider type on the way, but
        what is made of them, such as an array, cannot.
        """
        found = False
        for block in list(self.func_ir.blocks.values()):
            for assign in block.find_insts(ir.Assign):
                if isinstance(assign.value, ir.Expr) and assign.value.op == "phi":
                    found |= self._lift_incoming(assign.value)
        return found

    def _lift_incoming(self, phi) -> bool:
        values = list(phi.incoming_values)
        kinds = [self.type_of(v) if isinstance(v, ir.Var) else None for v in values]
        levels = levels_in([kind for kind in kinds if _is_of_floats(kind)])
        plain = [k for k, kind in enumerate(kinds) if _is_of_floats(kind) and not set(levels) <= set(levels_in([kind]))]
        for k in plain if levels else ():
            before = self.func_ir.blocks[phi.incoming_blocks[k]]
            lifted, body = before.scope.redefine("$lifted", phi.loc), before.body[:-1]
            self._emit_lift(before.scope, body, values[k], lifted, levels, phi.loc)
            before.body = [*body, before.terminator]
            values[k] = lifted
        phi._kws["incoming_values"] = values
        return bool(levels and plain)

    def _rewrite(self) -> None:
        for block in self.func_ir.blocks.values():
            body: list = []
            for statement in block.body:
                value = getattr(statement, "value", None)
                if isinstance(value, ir.Expr) and id(value) in self.items:
                    self._lift_items(block.scope, body, value, self.items[id(value)][1])
                if id(statement) in self.lifts:
                    self._lift_target(block.scope, body, statement, self.lifts[id(statement)][1])
                else:
                    body.append(statement)
            block.body = body

    def _lift_target(self, scope, body, assign, levels) -> None:
        plain = scope.redefine("$plain", assign.loc)
        body.append(ir.Assign(assign.value, plain, assign.loc))
        self._emit_lift(scope, body, plain, assign.target, levels, assign.loc)

    def _lift_items(self, scope, body, holder, wanted) -> None:
        replaced = {}
        for name, levels in wanted.items():
            lifted = scope.redefine("$lifted", holder.loc)
            self._emit_lift(scope, body, scope.get_exact(name), lifted, levels, holder.loc)
            replaced[name] = lifted
        swap = lambda v: replaced.get(v.name, v)  # noqa: E731
        if holder.op in ("build_list", "build_tuple"):
            holder._kws["items"] = [swap(v) for v in holder.items]
        else:
            holder._kws["args"] = [swap(v) for v in holder.args]

    def _emit_lift(self, scope, body, source, target, levels, loc) -> None:
        function, text = scope.redefine("$lift", loc), scope.redefine("$levels", loc)
        body.append(ir.Assign(ir.Global("lift", lift, loc), function, loc))
        body.append(ir.Assign(ir.Global("levels", Levels(levels), loc), text, loc))
        body.append(ir.Assign(ir.Expr.call(function, [source, text], (), loc), target, loc))
