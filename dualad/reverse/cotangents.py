"""The cotangents while the reverse sweep is being written: which exist at this point, and under which expression.

The cotangent of a number is a variable `x_bar`, but it is written only when it must be: a first contribution that is a
mere name stands for the cotangent until a second one comes, and a cotangent that does not exist yet is zero.
The cotangent of an array is a *shadow*, an array of its shape, reached through the same views.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Op, Var
from .code import ATOM, Code, Names, binary, call
from .memory import Memory, is_container
from .sums import plus

__all__ = ["Cotangents", "SharedMemory", "zero"]

_LONGEST_HELD = 48
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class _Pending:
    """A cotangent that has no variable of its own yet."""

    code: Code

    @property
    def words(self) -> set[str]:
        return set(_WORD.findall(self.code.text))


class Cotangents:
    """State of all cotangents at one point of the reverse sweep.

    Parameters
    ----------
    names : Names
    memory : Memory
    line : callable
        Adds a line to the source.
    zeros : callable
        `zeros(var)` gives the code of a zero shadow for an array.
    view : callable
        `view(op, base)` gives the code of the view that `op` takes, of another array.
    paired : dict of Var -> Var
        Shadows that are variables of the program: they exist always and need no care.
    keeps_order : bool
        Whether sums have the same order wherever they stand, and so the same last bits.
    """

    def __init__(
        self,
        names: Names,
        memory: Memory,
        line: Callable[[str], None],
        zeros: Callable[[Var], Code],
        view: Callable[[Op, Code], Code],
        paired: Mapping[Var, Var],
        keeps_order: bool,
    ) -> None:
        self.names, self.memory, self.keeps_order = names, memory, keeps_order
        self._paired = paired
        self._line, self._zeros, self._view = line, zeros, view
        #: None stands for a cotangent in its own variable
        self.state: dict[Var, _Pending | None] = {}
        self._own: dict[Var, str] = {}
        self.views: dict[Var, str] = {}
        self._held: list[Held] = []
        #: numbers whose contributions may be summed in any order, unless all sums keep theirs
        self.unordered: set[Var] = set()

    def name(self, var: Var) -> str:
        """The variable of a cotangent."""
        if var not in self._own:
            self._own[var] = self.names.fresh(f"{var.name}_bar")
        return self._own[var]

    def exists(self, var: Var) -> bool:
        return var in self.state

    def has_shadow(self, var: Var) -> bool:
        origin = self.memory.origin(var)
        return origin in self.state or origin in self._paired

    def take(self, var: Var, uses: int) -> Code | None:
        """The cotangent of a number, which ends here; None if it is zero. `uses` tells how often the code will be used."""
        if var not in self.state:
            return None
        pending = self.state.pop(var)
        if pending is None:
            return Code(self.name(var))
        if uses > 1 and not pending.code.text.isidentifier():
            return self._assigned(var, pending.code)
        return pending.code

    def take_named(self, var: Var) -> Code | None:
        """Like `take`, as a constant or a variable that nothing else is assigned to."""
        code = self._taken(var)
        return code if code is None or code.text == "1.0" else self._assigned(var, code)

    def _taken(self, var: Var) -> Code | None:
        if var not in self.state:
            return None
        pending = self.state.pop(var)
        return Code(self.name(var)) if pending is None else pending.code

    def drop(self, var: Var) -> None:
        self.state.pop(var, None)
        self.views = {view: name for view, name in self.views.items() if self.memory.origin(view) is not var}

    def _assigned(self, var: Var, code: Code) -> Code:
        self._assign(self.name(var), code)
        return Code(self.name(var))

    def _assign(self, name: str, code: Code) -> None:
        """A line `name = code`."""
        if code.text != name:
            self._protect(name)
            self._line(f"{name} = {code}")

    def _protect(self, name: str) -> None:
        """Before `name` is assigned: cotangents that are still expressions in it move to variables of their own."""
        for other, pending in list(self.state.items()):
            if pending is not None and name in pending.words and name != self.name(other):
                saved = self.names.fresh(self.name(other))
                self._line(f"{saved} = {pending.code}")
                self.state[other] = _Pending(Code(saved))
        for held in self._held:
            if name in _WORD.findall(held.code.text):
                saved = self.names.fresh(name)
                self._line(f"{saved} = {held.code}")
                held.code = Code(saved)

    @contextmanager
    def hold(self, code: Code) -> Iterator[Held]:
        """A code that is used several times while its variable may get a new value."""
        held = Held(code)
        self._held.append(held)
        yield held
        self._held.remove(held)

    def add(self, var: Var, code: Code, stays: bool = True) -> None:
        """Contribute to the cotangent of a number. `stays` tells that the code keeps its value while the sweep goes on."""
        if is_container(var):
            raise AssertionError(f"{var} is an array")
        name = self.name(var)
        if var not in self.state:
            short = var.temporary and len(code.text) < _LONGEST_HELD
            if stays and (short or code.text.isidentifier() or code.text == "1.0"):
                self.state[var] = _Pending(code)
            else:
                self._assign(name, code)
                self.state[var] = None
            return
        pending = self.state[var]
        self.state[var] = None
        if pending is not None:
            self._assign(name, _sum(pending.code, code))
        elif var in self.unordered and not self.keeps_order:
            self._assign(name, call(self.names.jitted(plus), [name, code]))
        elif code.text.startswith("-") and code.strength == 30:
            self._assign_in_place(name, "-=", code.text[1:])
        else:
            self._assign_in_place(name, "+=", str(code))

    @contextmanager
    def in_columns(self, columns: Mapping[Var, str]) -> Iterator[None]:
        """Gather what numbers are given until the end, and add it to elements of arrays that stand for them."""
        own = {var: self.name(var) for var in columns}
        for var, name in own.items():
            del self.state[var]
            self._own[var] = self.names.fresh(f"{name}_term")
        yield
        for var, column in columns.items():
            term = self.take(var, 1)
            if term is not None:
                self._assign_in_place(column, "+=", str(term))
            self._own[var], self.state[var] = own[var], None

    def _assign_in_place(self, name: str, sign: str, text: str) -> None:
        self._protect(name)
        self._line(f"{name} {sign} {text}")

    def shadow(self, var: Var) -> Code:
        """The shadow of an array, made now if there is none."""
        origin = self.memory.origin(var)
        if origin in self._paired:
            return self._through_views(var, origin, Code(self._paired[origin].name))
        if origin not in self.state:
            self.begin(origin, self._zeros(origin))
        pending = self.state[origin]
        if pending is not None:
            self._assign(self.name(origin), pending.code)
            self.state[origin] = None
        return self._through_views(var, origin, Code(self.name(origin)))

    def begin(self, var: Var, code: Code) -> None:
        """Give an array that has no shadow yet a new one."""
        self._assign(self.name(var), code)
        self.state[var] = None
        self.drop_views(var)

    def start(self, var: Var, code: Code) -> None:
        """Add a cotangent that comes from outside to the shadow of an array; the code is a new array."""
        if self.memory.origin(var) is var and not self.has_shadow(var):
            self._assign(self.name(var), code)
            self.state[var] = None
        else:
            self._line(f"{self.shadow(var)} += {code}")

    def _through_views(self, var: Var, origin: Var, code: Code) -> Code:
        """The shadow of a view, from that of its origin."""
        if var is origin:
            return code
        if var not in self.views:
            for op in reversed(self.memory.chain(var)):
                assert op.result is not None
                if op.result not in self.views:
                    view = self._view(op, code)
                    self._line(f"{self.name(op.result)} = {view}")
                    self.views[op.result] = self.name(op.result)
                code = Code(self.views[op.result])
        return Code(self.views[var])

    def drop_views(self, origin: Var) -> None:
        self.views = {view: name for view, name in self.views.items() if self.memory.origin(view) is not origin}

    def transfer(
        self,
        targets: list[Var],
        sources: list[Var | None],
        may_add: Callable[[Var, Var], None],
        fit: Callable[[Var, Var, Code, Code | None], Code],
    ) -> None:
        """Reverse of a parallel copy: what the targets have goes to the sources (None: to a constant, so nowhere).

        Of arrays, that is `fit(target, source, code, shadow)`, with the cotangent that it is added to, if there is one.
        """
        pairs = [(t, s) for t, s in zip(targets, sources, strict=True) if t not in self._paired]
        taken: list[Held | None] = []
        for target, _ in pairs:
            code = self._taken(target)
            taken.append(None if code is None else Held(code))
            self.drop_views(target)
        # what is taken stays valid while the first of them are given to their sources
        self._held += [held for held in taken if held is not None]
        for (target, source), held in zip(pairs, taken, strict=True):
            whole = source is None or (source is self.memory.origin(source) and source not in self.state)
            shadow = None
            if source is not None and held is not None and is_container(source) and not whole:
                may_add(target, source)
                shadow = self.shadow(source)  # which may be a view of a new shadow under the name that is held
            if held is not None:
                self._held.remove(held)
            if source is None or held is None:
                continue
            code = held.code
            if not is_container(source):
                enters = isinstance(target.type, types.Complex) and not isinstance(source.type, types.Complex)
                self.add(source, Code(f"{code.within(ATOM)}.real") if enters else code)
            elif shadow is None:
                self.state[source] = _Pending(fit(target, source, code, None))
                self.drop_views(source)
            else:
                self._line(f"{shadow} += {fit(target, source, code, shadow)}")

    def settle(self, wanted: Iterable[Var]) -> None:
        """Give each of these cotangents its own variable, zero where it does not exist yet."""
        moves: list[tuple[str, Code]] = []
        for var in dict.fromkeys(wanted):
            if var in self._paired:
                self.drop_views(var)
                continue
            moved = len(moves)
            if var not in self.state:
                moves.append((self.name(var), self._zeros(var) if is_container(var) else zero(var)))
            else:
                pending = self.state[var]
                if pending is not None and pending.code.text != self.name(var):
                    moves.append((self.name(var), pending.code))
            # a joined array gets other shadows while the sweep goes on, any other keeps the one that it has
            if is_container(var) and (len(moves) > moved or self.memory.places.is_joined(var)):
                self.drop_views(var)
            self.state[var] = None
        for name, _ in moves:
            self._protect(name)
        self._parallel(moves)

    def settle_all(self) -> None:
        """Give every cotangent that exists its own variable."""
        self.settle(list(self.state))

    def _parallel(self, moves: list[tuple[str, Code]]) -> None:
        assigned: set[str] = set()
        clash = False
        for name, code in moves:
            clash = clash or bool(assigned & set(_WORD.findall(code.text)))
            assigned.add(name)
        if clash:
            self._line(f"{', '.join(name for name, _ in moves)} = {', '.join(str(code) for _, code in moves)}")
        else:
            for name, code in moves:
                self._line(f"{name} = {code}")


@dataclass(eq=False)
class Held:
    """A code that stays valid: it moves to another variable when its own is assigned."""

    code: Code


def zero(var: Var) -> Code:
    """The cotangent of a number that nothing depends on, of a type that others can be added to."""
    return Code("0j" if isinstance(var.type, types.Complex) else "0.0")


def _sum(first: Code, second: Code) -> Code:
    import operator

    if second.text.startswith("-") and second.strength == 30:
        return binary(operator.sub, first, Code(second.text[1:], ATOM if second.text[1:].isidentifier() else 30))
    return binary(operator.add, first, second)


class SharedMemory(UnsupportedError):
    """Two names of one array of which one is written: its shadow has to be made in the forward sweep."""

    def __init__(self, var: Var, where: str) -> None:
        super().__init__(
            f"array `{var.name}` that gets a second name while both are in use",
            "one of the two is written later, and which of them means which memory depends on how the program runs",
            "copy the array (`.copy()`) where the second name is made",
            where,
        )
        self.var = var
