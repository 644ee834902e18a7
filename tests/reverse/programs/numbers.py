"""Random statements about numbers: assigned anew, updated, swapped, unpacked, made by calls of helpers."""

from tests.reverse.programs.arrays import ArrayStatements
from tests.reverse.programs.scope import FLOATS, INTS


class NumberStatements(ArrayStatements):
    """Each method returns the lines of one statement, or None where the scope has nothing for it."""

    array_helpers: list[tuple[str, str]]  # name and kind

    def old_or_new_float(self):
        free = [name for name in self.scope.floats if name not in self.scope.frozen]
        return self.rng.choice(free) if free and self.chance(0.5) else self.scope.fresh(self.rng, FLOATS)

    def assign(self):
        value = self.rng.choice([self.float, self.float, self.bounded])(3)
        name = self.old_or_new_float()
        if self.chance(0.08):  # Numba 0.68 types no walrus inside an expression
            self.scope.add_float(name)
            return [f"({name} := {value})"]
        self.scope.add_float(name)
        return [f"{name} = {value}"]

    def augment(self):
        free = [name for name in self.scope.floats if name not in self.scope.frozen]
        if not free:
            return None
        form = self.rng.choice(
            [f"+= {self.float(2)}", f"-= {self.bounded(2)}", f"*= {self.bounded(1)}", f"/= 1.5 + np.sin({self.leaf()})"]
        )
        return [f"{self.rng.choice(free)} {form}"]

    def swap(self):
        free = [name for name in self.scope.floats if name not in self.scope.frozen]
        if len(free) < 2:
            return None
        one, two = self.rng.sample(free, 2)
        return [self.rng.choice([f"{one}, {two} = {two}, {one}", f"{one}, {two} = {two} * 0.5, {self.bounded(1)}"])]

    def unpack(self):
        values = f"{self.float(2)}, {self.bounded(2)}"
        if self.chance(0.3):
            pair = self.scope.fresh(self.rng, ["pair", "state", "both"])
            one = self.scope.add_float(self.old_or_new_float())
            return [f"{pair} = ({values})", f"{one} = {pair}[1] * {pair}[0]"]
        one, two = self.scope.fresh(self.rng, FLOATS), self.scope.fresh(self.rng, FLOATS)
        self.scope.add_float(one), self.scope.add_float(two)
        return [f"{one}, {two} = {values}"]

    def integer(self):
        """An integer in 0, 1, 2, always; from other integers, or from a float, through which no derivative flows."""
        names = [name for name in self.scope.ints if name not in self.scope.frozen and self.scope.ints[name] == (0, 2)]
        forms = [str(self.rng.randint(0, 2)), *(f"({name} * 2 + 1) % 3" for name in sorted(self.scope.ints)[:3])]
        if not self.analytic:
            forms.append(f"int(abs({self.float(1)}) * 2.0) % 3")
        form = self.rng.choice(forms)
        name = self.rng.choice(names) if names and self.chance(0.6) else self.scope.fresh(self.rng, INTS)
        return [f"{self.scope.add_int(name, 0, 2)} = {form}"]

    def call(self):
        """A helper that returns a tuple, or reads and writes arrays."""
        if not self.array_helpers:
            return None
        name, kind = self.rng.choice(self.array_helpers)
        if kind == "pair":
            values = f"{name}({self.float(1)}, {self.float(1)})"
            one, two = self.scope.fresh(self.rng, FLOATS), self.scope.fresh(self.rng, FLOATS)
            self.scope.add_float(one), self.scope.add_float(two)
            return [f"{one}, {two} = {values}"]
        if kind == "higher":
            value = f"{name}({self.rng.choice([h for h, count in self.scalar_helpers if count == 2])}, {self.float(1)})"
            return [f"{self.scope.add_float(self.old_or_new_float())} = {value}"]
        a = self.pick(lambda a: len(a.shape) == 1)
        if a is None:
            return None
        if kind == "writer":
            b = self.pick(lambda b: b.shape == a.shape)
            return [f"{name}({a.name}, {b.name}, {self.float(1)})"]
        if kind == "updater":
            value = f"{name}({a.name}, {self.float(1)})"
            return [f"{self.scope.add_float(self.old_or_new_float())} = {value}"]
        if not a.contiguous or a.view:
            return None
        value, target = f"{name}({a.name}, {self.float(1)})", self.scope.fresh(self.rng, ["made", "fresh", "z"])
        self.scope.add_array(target, a.shape)
        return [f"{target} = {value}"]
