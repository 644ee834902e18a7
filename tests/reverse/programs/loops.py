"""Random loops: over ranges, arrays, rows and tuples, with counters and with conditions."""

from tests.reverse.programs.expressions import trips
from tests.reverse.programs.numbers import NumberStatements
from tests.reverse.programs.scope import FLOATS, INTS, LOOPS


class Loops(NumberStatements):
    """Each method returns the lines of one loop; `nested(length, depth)`, from a subclass, writes a body."""

    def body(self, depth, extra=()):
        self.loops += 1
        lines, defined = self.nested(self.rng.randint(1, 4), depth)
        self.loops -= 1
        return [*extra, *lines], defined

    def counted(self, depth):
        """A loop over any range, whose bounds may be variables; it may run zero times."""
        rng = self.rng
        start, stop, step = rng.choice(
            [
                (0, 3, 1),
                (0, 2, 1),
                (1, 4, 1),
                (3, -1, -1),
                (0, 5, 2),
                (4, 0, -2),
                (2, 2, 1),
                (-2, 1, 1),
                (0, 4, 3),
                (2, 0, 1),
            ]
        )
        low, high = (
            min(start, start + (trips(start, stop, step) - 1) * step),
            max(start, start + (trips(start, stop, step) - 1) * step),
        )
        text = f"{start}, {stop}, {step}" if step != 1 else f"{start}, {stop}" if start else f"{stop}"
        outer = [i for i, (a, b) in self.scope.ints.items() if 0 <= a and b <= 3 and i in self.scope.frozen]
        certain = trips(start, stop, step) > 0
        if self.chance(0.25):  # n is 3
            low, high, certain, text = rng.choice(
                [
                    (0, 2, True, "n"),
                    (1, 2, True, "1, n"),
                    (0, 2, True, "n - 1, -1, -1"),
                    (0, 1, True, "0, n, 2 - n % 2"),
                ]
            )
            low, high = (0, 2)
        elif outer and self.chance(0.5):
            i = rng.choice(outer)
            text, high = rng.choice([(i, 2), (f"{i} + 1", 3), (f"{i}, 3", 2), (f"{i}, -1, -1", 3)])
            low, certain = 0, False
        elif self.scope.arrays and self.chance(0.2):
            a = rng.choice(list(self.scope.arrays.values()))
            low, high, certain = 0, a.shape[0] - 1, True
            text = rng.choice([f"len({a.name})", f"{a.name}.shape[0]"])
        index = self.scope.fresh(rng, LOOPS)
        inner = self.scope.inner()
        inner.add_int(index, low, high)
        inner.frozen.add(index)
        outer_scope, self.scope = self.scope, inner
        lines, defined = self.body(depth)
        if self.chance(0.08) and low >= 0:
            lines = [*lines, f"    {index} = ({index} + 1) % {high + 1}"]
        self.scope = outer_scope
        outer_scope.hidden |= inner.hidden
        if any(" return " in f" {line} " for line in lines):
            outer_scope.certain = False
        if certain:
            for name in defined:
                outer_scope.add_float(name)
            if self.chance(0.5):
                outer_scope.add_int(index, low, high)
        lines = [f"for {index} in range({text}):", *lines]
        if self.chance(0.12):
            lines += ["else:", *self.nested(1, 0)[0]]
        return lines

    def over_array(self, depth):
        """A loop over elements, rows, pairs or numbered elements of arrays."""
        rng, a = self.rng, self.pick(lambda a: len(a.shape) == 1)
        if a is None:
            return None
        inner = self.scope.inner()
        element = self.scope.fresh(rng, ["e", "item", "xi"])
        inner.add_float(element)
        if self.chance(0.4):
            index = self.scope.fresh(rng, LOOPS)
            inner.add_int(index, 0, a.shape[0] - 1)
            inner.frozen.add(index)
            header = f"for {index}, {element} in enumerate({a.name}):"
        elif (b := self.pick(lambda b: len(b.shape) == 1)) and self.chance(0.5):
            other = self.scope.fresh(rng, ["f1", "other", "xj"])
            inner.add_float(other)
            header = f"for {element}, {other} in zip({a.name}, {b.name}):"
        else:
            header = f"for {element} in {a.name}:"
        inner.frozen.add(a.name)
        return [header, *self.within(inner, depth)]

    def over_rows(self, depth):
        """A loop over the rows of a matrix, which are views."""
        a = self.pick(lambda a: len(a.shape) == 2)
        if a is None:
            return None
        inner = self.scope.inner()
        row = self.scope.fresh(self.rng, ["row", "line"])
        inner.add_array(row, a.shape[1:], a.contiguous, view=True)
        inner.frozen |= {a.name, row}
        return [f"for {row} in {a.name}:", *self.within(inner, depth)]

    def over_tuple(self, depth):
        """A loop over integers that no range gives."""
        inner, index = self.scope.inner(), self.scope.fresh(self.rng, LOOPS)
        inner.add_int(index, 0, 2)
        inner.frozen.add(index)
        return [
            f"for {index} in {self.rng.choice(['(0, 2, 1)', '(2, 2)', '(1, 0, 0, 2)'])}:",
            *self.within(inner, depth),
        ]

    def within(self, inner, depth, extra=()):
        """The body of a loop that may not run, in the scope that its header makes."""
        outer, self.scope = self.scope, inner
        lines, _ = self.body(depth, extra)
        self.scope = outer
        outer.hidden |= inner.hidden
        outer.certain = outer.certain and inner.certain
        return lines

    def tuple_state(self, depth):
        """A tuple carried through a loop."""
        state, index = self.scope.fresh(self.rng, ["state", "both", "pq"]), self.scope.fresh(self.rng, LOOPS)
        start = f"{state} = ({self.float(1)}, {self.bounded(1)})"
        step = f"    {state} = ({state}[0] * {self.bounded(1)} + {state}[1], {state}[0] - {self.bounded(1)})"
        one, two = self.scope.fresh(self.rng, FLOATS), self.scope.fresh(self.rng, FLOATS)
        self.scope.add_float(one), self.scope.add_float(two)
        return [
            start,
            f"for {index} in range({self.rng.choice(['n', '2', '0, 4, 3'])}):",
            step,
            f"{one}, {two} = {state}",
        ]

    def while_counter(self, depth):
        """A loop that a counter ends, with a condition on values besides, or `while True` with a break."""
        rng, limit = self.rng, self.rng.randint(0, 4)
        counter = self.scope.fresh(rng, INTS)
        condition = f"{counter} < {limit}"
        if self.chance(0.4):
            condition += f" and {self.condition(0)}"
        self.scope.add_int(counter, 0, limit + 1)
        self.scope.frozen.add(counter)
        endless = self.chance(0.25)
        lines, _ = self.body(depth, [f"    {counter} += 1"])
        if endless:
            lines[0:0] = [f"    if not ({condition}):", "        break"]
            return [f"{counter} = 0", "while True:", *lines]
        tail = ["else:", *self.nested(1, 0)[0]] if self.chance(0.12) else []
        return [f"{counter} = 0", f"while {condition}:", *lines, *tail]

    def shrinking_bound(self, depth):
        """A range whose bound the body changes, which changes nothing."""
        bound, index = self.scope.fresh(self.rng, INTS), self.scope.fresh(self.rng, LOOPS)
        inner = self.scope.inner()
        inner.add_int(index, 0, 2)
        inner.frozen.add(index)
        return [
            f"{bound} = {self.rng.choice(['3', 'n'])}",
            f"for {index} in range({bound}):",
            *self.within(inner, depth, [f"    {bound} -= 1"]),
        ]
