"""Random statements about arrays: elements, slices, views, aliases, swaps, buffers made, rebound and updated in place."""

from tests.reverse.programs.expressions import Expressions
from tests.reverse.programs.scope import ARRAYS


class ArrayStatements(Expressions):
    """Each method returns the lines of one statement, or None where the scope has nothing for it."""

    def pick(self, condition=lambda array: True):
        """An array of the scope, or None."""
        found = [a for a in self.scope.arrays.values() if condition(a)]
        return self.rng.choice(found) if found else None

    def elementwise(self, shape, depth=2):
        """An array expression of the given shape, always a new array."""
        rng = self.rng
        a = self.operand(shape)
        if a is None:
            return f"np.full({shape if len(shape) > 1 else shape[0]}, {self.float(1)})"
        b = self.elementwise(shape, depth - 1) if depth > 1 and self.chance(0.5) else self.operand(shape)
        forms = [f"{a} + {self.constant()} * {b}", f"np.sin({a}) * {b}", f"{a} * np.tanh({b})", f"0.5 * {a} - {b}"]
        forms += [f"{a} * {self.bounded(1)}", f"{b} + {self.float(1)}", f"-{a}", f"{a} / (1.5 + np.cos({b}))"]
        forms += [f"1.0 * {a}", f"np.exp(-({a} * {a}))"]
        if not self.analytic:
            forms += [
                f"np.where({a} > {self.constant()}, {b}, 0.5 * {a})",
                f"np.maximum({a}, {b})",
                f"np.abs({a} * 0.5)",
            ]
        return f"({rng.choice(forms)})"

    def operand(self, shape):
        """Something that is or broadcasts to an array of the shape, at least one of them in full; None if there is none."""
        same = [a.name for a in self.scope.arrays.values() if a.shape == shape]
        for a in self.scope.arrays.values():
            if len(shape) == 2 and a.shape == shape[::-1]:
                same.append(f"{a.name}.T")
            if len(shape) == 1 and len(a.shape) == 2 and a.shape[1] == shape[0]:
                same += [f"{a.name}[{self.index(a.shape[0])}]", f"{a.name}.sum(axis=0)"]
            if len(shape) == 1 and len(a.shape) == 2 and a.shape[0] == shape[0]:
                same.append(f"{a.name}[:, {self.index(a.shape[1])}]")
            if len(shape) == 1 and len(a.shape) == 1 and a.shape[0] == shape[0]:
                same.append(f"{a.name}[::-1]")
        vectors = [a for a in self.scope.arrays.values() if len(a.shape) == 1]
        if len(shape) == 1:
            same += [
                f"({m.name} @ {v.name})"
                for m in self.scope.arrays.values()
                for v in vectors
                if len(m.shape) == 2 and m.shape == (shape[0], v.shape[0]) and m.contiguous and v.contiguous
            ]
            if shape[0] > 2 and (whole := [v.name for v in vectors if v.shape == shape]) and self.chance(0.3):
                same.append(f"np.concatenate(({self.rng.choice(whole)}[:2], {self.rng.choice(whole)}[2:]))")
        if len(shape) == 2 and vectors:
            left = [a.name for a in vectors if a.shape[0] == shape[0]]
            right = [a.name for a in vectors if a.shape[0] == shape[1]]
            if left and right and self.chance(0.7):
                same.append(f"{self.rng.choice(left)}[:, None] * {self.rng.choice(right)}")
        return self.rng.choice(same) if same else None

    def of_index(self, name, length):
        """A float expression that may use an index below `length`, which nothing else may use."""
        self.scope.ints[name] = (0, length - 1)
        text = self.float(2)
        del self.scope.ints[name]
        return text

    # -- elements and slices

    def store_element(self):
        a = self.pick()
        if a is None:
            return None
        target = self.subscript(a)
        forms = [f"{target} = {self.float(2)}", f"{target} = {self.bounded(2)}", f"{target} += {self.bounded(2)}"]
        forms += [
            f"{target} -= 0.5 * {self.leaf()}",
            f"{target} *= {self.bounded(1)}",
            f"{target} = {target} + {self.bounded(1)}",
        ]
        forms += [f"{target} /= 1.5 + np.cos({self.leaf()})", f"{target} = 0.0"]
        return [self.rng.choice(forms)]

    def store_slice(self):
        rng, a = self.rng, self.pick()
        if a is None:
            return None
        rest, n = a.shape[1:], a.shape[0]
        low, high = 0, n
        if n > 2 and self.chance(0.6):
            low, high = rng.choice([(1, n), (0, n - 1), (1, n - 1)])
        where = f"{low or ''}:{'' if high == n else rng.choice([str(high), str(high - n)])}"
        part = (high - low, *rest)
        forms = [f"{a.name}[{where}] = {self.float(1)}", f"{a.name}[{where}] = {self.elementwise(part)}"]
        forms += [
            f"{a.name}[{where}] += {self.constant()} * {self.bounded(1)}",
            f"{a.name}[{where}] *= {self.bounded(1)}",
        ]
        if part[0] < n:  # a shift of the array within itself
            shifted = f"{low - 1 if low else 1}:{high - 1 if low else high + 1}"
            forms += [f"{a.name}[{where}] = {a.name}[{shifted}]"] * 2
            forms += [f"{a.name}[{where}] += 0.5 * {a.name}[{shifted}]"]
        if len(a.shape) == 2:
            row, column = self.index(a.shape[0]), self.index(a.shape[1])
            forms += [
                f"{a.name}[{row}] = {self.elementwise(a.shape[1:])}",
                f"{a.name}[:, {column}] = {self.elementwise(a.shape[:1])}",
            ]
            forms += [
                f"{a.name}[{row}] += {self.elementwise(a.shape[1:])}",
                f"{a.name}[:, {column}] *= {self.bounded(1)}",
            ]
        elif not self.analytic:
            forms.append(f"{a.name}[{a.name} > {self.constant()}] = {self.leaf()}")
        return [rng.choice(forms)]

    def update_in_place(self):
        """An augmented assignment of a whole array; its source is a new array, which no order of writes can disturb."""
        a = self.pick()
        if a is None:
            return None
        return [self.rng.choice([
            f"{a.name} += {self.elementwise(a.shape)}", f"{a.name} *= {self.bounded(1)}", f"{a.name} -= {self.float(1)} * 0.3",
            f"{a.name}[:] = {self.elementwise(a.shape)}", f"{a.name} *= np.cos({a.name})",
        ])]  # fmt: skip

    # -- names for arrays

    def new_view(self):
        """A row, column, slice, transpose or reshape under a new name: writes to either are seen through the other."""
        rng, a = self.rng, self.pick()
        if a is None:
            return None
        n = a.shape[0]
        if len(a.shape) == 1:
            options = [(f"{a.name}[::-1]", (n,), False), (f"{a.name}[:]", (n,), a.contiguous)]
            if n > 2:
                options += [(f"{a.name}[1:]", (n - 1,), a.contiguous), (f"{a.name}[:{n - 1}]", (n - 1,), a.contiguous)]
                options += [(f"{a.name}[::2]", ((n + 1) // 2,), False)]
            if a.contiguous and n == 4:
                options.append((f"{a.name}.reshape((2, 2))", (2, 2), True))
        else:
            m = a.shape[1]
            options = [(f"{a.name}[{self.index(n)}]", (m,), a.contiguous)] * 3
            options += [(f"{a.name}[:, {self.index(m)}]", (n,), False)]
            if a.contiguous:
                options += [(f"{a.name}.reshape({n * m})", (n * m,), True), (f"{a.name}.ravel()", (n * m,), True)]
        source, shape, contiguous = rng.choice(options)
        name = self.scope.fresh(rng, ARRAYS)
        self.scope.add_array(name, shape, contiguous, view=True)
        return [f"{name} = {source}"]

    def new_alias(self):
        a = self.pick()
        if a is None:
            return None
        name = self.scope.fresh(self.rng, ARRAYS)
        self.scope.add_array(name, a.shape, a.contiguous, a.view)
        return [f"{name} = {a.name}"]

    def new_buffer(self):
        """A local array, filled at once where it was made empty."""
        rng = self.rng
        like = self.pick(lambda a: a.contiguous)
        shape = like.shape if like and self.chance(0.7) else rng.choice([(2,), (3,), (4,), (2, 3), (3, 2)])
        text = str(shape[0]) if len(shape) == 1 else str(shape)
        options = [f"np.zeros({text})", f"np.ones({text})", f"np.full({text}, {self.leaf()})", self.elementwise(shape)]
        if like and shape == like.shape:
            options += [f"{like.name}.copy()", f"np.zeros_like({like.name})", f"{like.name}.copy()"]
        if len(shape) == 1:
            options.append(f"np.array([{', '.join(self.float(1) for _ in range(shape[0]))}])")
            if self.chance(0.3):
                options = [f"np.array([{self.of_index('q', shape[0])} for q in range({shape[0]})])"]
        name = None
        lines = []
        if self.chance(0.2):
            value = self.float(1)
            name = self.scope.fresh(rng, ARRAYS)
            lines = [f"{name} = np.empty({text})", f"{name}[:] = {value}"]
        else:
            source = rng.choice(options)
            name = self.scope.fresh(rng, ARRAYS)
            lines = [f"{name} = {source}"]
        self.scope.add_array(name, shape)
        return lines

    def rebind(self):
        """An older name bound to a new array or to another array of its type."""
        a = self.pick(lambda a: a.contiguous and a.name not in self.scope.frozen)
        if a is None:
            return None
        others = [
            b.name for b in self.scope.arrays.values() if b.shape == a.shape and b.contiguous and (a.view or not b.view)
        ]
        forms = [
            f"{a.name} = {self.elementwise(a.shape)}",
            f"{a.name} = {a.name} + {self.constant()} * {self.elementwise(a.shape)}",
        ]
        forms += [f"{a.name} = {self.rng.choice(others)}", f"{a.name} = {self.rng.choice(others)}.copy()"]
        return [self.rng.choice(forms)]

    def swap_arrays(self):
        a = self.pick(lambda a: a.contiguous and a.name not in self.scope.frozen)
        if a is None:
            return None
        b = self.pick(
            lambda b: (
                b.shape == a.shape
                and b.contiguous
                and b.view == a.view
                and b is not a
                and b.name not in self.scope.frozen
            )
        )
        return [f"{a.name}, {b.name} = {b.name}, {a.name}"] if b else None

    # -- views that move: only where `moving` is asked for

    def move_view(self):
        """A view that gets another view of its array, or of another one, under its own name."""
        views = self.pick(lambda a: not a.contiguous and len(a.shape) == 1 and a.name not in self.scope.frozen)
        if views is None:
            return None
        a, others = views, [b for b in self.scope.arrays.values() if b.shape == views.shape]
        forms = [f"{a.name} = {a.name}[::-1]", f"{a.name} = {self.rng.choice(others).name}[::-1]"]
        moved = [b for b in others if not b.contiguous and b is not a and b.name not in self.scope.frozen]
        if moved:
            b = self.rng.choice(moved)
            forms += [f"{a.name}, {b.name} = {b.name}[::-1], {a.name}", f"{a.name}, {b.name} = {b.name}, {a.name}"]
        return [self.rng.choice(forms)]

    def shortened_view(self):
        """A loop over shorter and shorter views, read and now and then written."""
        a, target = self.pick(lambda a: len(a.shape) == 1), self.old_or_new_float()
        if a is None:
            return None
        view = self.scope.fresh(self.rng, ARRAYS)
        self.scope.hidden.add(view)
        lines = [f"{target} = {self.bounded(1)}", f"{view} = {a.name}[::{self.rng.choice([1, -1])}]"]
        lines += [f"while {view}.size > 1:", f"    {target} += {view}[0] * {view}[1] * {self.bounded(1)}"]
        if self.chance(0.4):
            lines.append(f"    {view}[0] = {self.bounded(1)} * {view}[-1]")
        lines.append(f"    {view} = {view}[{self.rng.choice(['1:', ':-1', '::2'])}]")
        if self.chance(0.5):
            lines.append(f"{target} += ({view} * {view}).sum()")
        self.scope.add_float(target)
        return lines
