"""Blocks of random statements, branches, and the ways out of them."""

from tests.reverse.programs.loops import Loops
from tests.reverse.programs.scope import FLOATS, LOOPS

SIMPLE = {
    "assign": 6, "augment": 3, "store_element": 7, "store_slice": 4, "update_in_place": 3, "new_view": 3, "new_alias": 1,
    "new_buffer": 3, "rebind": 2, "swap_arrays": 2, "swap": 1, "unpack": 1, "integer": 2, "call": 3, "both_branches": 1,
}  # fmt: skip
COMPOUND = {
    "branch": 4,
    "counted": 6,
    "over_array": 2,
    "over_rows": 1,
    "over_tuple": 1,
    "tuple_state": 1,
    "while_counter": 4,
    "flagged": 1,
    "shrinking_bound": 1,
}
JUMPS = {"leave": 3, "skip": 3}
MOVES = {"move_view": 6, "shortened_view": 3}


class Statements(Loops):
    """Writes blocks of statements; `returns()` gives the expression of a return statement."""

    def __init__(self, rng, scope, returns, budget):
        super().__init__(rng, scope)
        self.returns, self.budget = returns, budget
        self.loops = 0
        self.moving = False
        self.array_helpers = []  # (name, kind)

    def block(self, length, depth):
        """Lines of a block of about `length` statements, in the current scope; never empty."""
        lines = []
        for _ in range(length):
            if self.budget <= 0:
                break
            lines += self.statement(depth)
        return lines or self.assign()

    def nested(self, length, depth):
        """A block in a scope of its own, indented, with what it certainly binds."""
        outer, self.scope = self.scope, self.scope.inner()
        lines = [f"    {line}" for line in self.block(length, depth)]
        outer.hidden |= self.scope.hidden
        defined, certain, self.scope = self.scope.defined, self.scope.certain, outer
        outer.certain = outer.certain and certain
        return lines, defined

    def statement(self, depth):
        self.budget -= 1
        kinds = dict(SIMPLE)
        if depth > 0:
            kinds |= COMPOUND
        if self.moving:
            kinds |= MOVES
        if self.loops:
            kinds |= JUMPS
        elif self.chance(0.15):
            kinds |= {"leave": 1}
        while True:
            kind = self.rng.choices(list(kinds), list(kinds.values()))[0]
            lines = getattr(self, kind)(depth - 1) if kind in COMPOUND else getattr(self, kind)()
            if lines is not None:
                return lines

    # -- branches

    def branch(self, depth):
        lines, _ = [f"if {self.condition()}:"], None
        inside, _ = self.nested(self.rng.randint(1, 3), depth)
        lines += inside
        if self.chance(0.3):
            lines += [f"elif {self.condition()}:", *self.nested(self.rng.randint(1, 2), depth)[0]]
        if self.chance(0.5):
            lines += ["else:", *self.nested(self.rng.randint(1, 3), depth)[0]]
        return lines

    def both_branches(self):
        """A number that each of two branches defines anew."""
        condition, one, two = self.condition(), self.float(2), self.bounded(2)
        name = self.scope.add_float(self.scope.fresh(self.rng, FLOATS))
        return [f"if {condition}:", f"    {name} = {one}", "else:", f"    {name} = {two}"]

    def flagged(self, depth):
        """A number defined in one branch, and read later under the same condition."""
        name, flag = self.scope.fresh(self.rng, FLOATS), self.scope.fresh(self.rng, ["flag", "found", "ok"])
        lines = [f"{flag} = {self.condition()}", f"if {flag}:", f"    {name} = {self.float(2)}", *self.block(1, 0)]
        start, target = self.bounded(1), self.scope.add_float(self.old_or_new_float())
        lines += [f"{target} = {start}", f"if {flag}:", f"    {target} += {name} * {self.bounded(1)}"]
        return lines

    def skip(self):
        """Out of an iteration on a question of two steps, else a number that a loop gives and that is read.

        Numba makes the ways out one block: reverse sweeps have read there what was to be recorded on another way.
        """
        free = [name for name in self.scope.floats if name not in self.scope.frozen]
        if not free:
            return None
        one, two, name = self.condition(0), self.condition(0), self.rng.choice(free)
        lines = [
            f"if {one} {self.rng.choice(['and', 'or'])} {two}:",
            f"    {self.rng.choice(['continue', 'continue', 'break'])}",
        ]
        self.scope.certain = False
        outer, self.scope = self.scope, self.scope.inner()
        index = self.scope.fresh(self.rng, LOOPS)
        self.scope.add_int(index, 0, 2)
        lines.append(f"for {index} in range({self.rng.choice(['2', '3', 'n', 'n - 2', 'n - 3'])}):")
        lines.append(f"    {name} = {self.rng.choice([self.bounded(2), f'np.sin({name} + {self.bounded(1)})'])}")
        outer.hidden |= self.scope.hidden
        self.scope = outer
        return [*lines, f"{self.rng.choice(free)} += {name} * {self.rng.choice([name, self.bounded(1)])}"]

    def leave(self):
        """Out of the iteration, the loop or the function."""
        ways = ["break", "continue", "break", "continue"] * bool(self.loops) + [None]
        way = self.rng.choice(ways) or f"return {self.returns()}"
        lines = [f"if {self.condition()}:"]
        if self.chance(0.3):
            lines += self.nested(1, 0)[0]
        self.scope.certain = False
        return [*lines, f"    {way}"]
