"""Random expressions: floats, integers for indices, conditions. What they are worth stays bounded or grows slowly."""

import math


class Expressions:
    """Expressions over the names in `self.scope`, drawn from `self.rng`."""

    def __init__(self, rng, scope):
        self.rng, self.scope = rng, scope
        self.scalar_helpers = []  # (name, number of arguments)
        self.analytic = rng.random() < 0.3  # nothing that a complex step could not follow

    def chance(self, probability):
        return self.rng.random() < probability

    def constant(self):
        return repr(round(self.rng.uniform(-1.5, 1.5), 2) or 0.5)

    # -- integers

    def index(self, length):
        """An integer expression that is a valid index of an axis, from either end."""
        rng, choices = self.rng, []
        for name, (low, high) in self.scope.ints.items():
            if -length <= low and high < length:
                choices += [name] * 4
            if -length <= low - 1 and high - 1 < length:
                choices.append(f"{name} - 1")
            if -length <= -high - 1 and -low - 1 < length:
                choices.append(f"-{name} - 1")
            choices.append(f"({name} + {rng.randint(0, 3)}) % {length}")
        if len(self.scope.ints) > 1:
            one, two = rng.sample(sorted(self.scope.ints), 2)
            choices.append(f"({one} * 2 + {two}) % {length}")
        if self.scope.floats and not self.analytic and self.chance(0.1):
            choices.append(f"int(abs({rng.choice(self.scope.floats)}) * 3.0) % {length}")
        choices += [str(rng.randrange(length)), str(-1 - rng.randrange(length))]
        return rng.choice(choices)

    def subscript(self, array):
        """`name[...]` of one element."""
        indices = [self.index(n) for n in array.shape]
        if len(indices) == 2 and self.chance(0.15):
            return f"{array.name}[{indices[0]}][{indices[1]}]"
        return f"{array.name}[{', '.join(indices)}]"

    # -- floats

    def leaf(self):
        rng, scope = self.rng, self.scope
        kinds = ["constant"] + ["float"] * 5 * bool(scope.floats) + ["element"] * 6 * bool(scope.arrays)
        kinds += ["integer"] * bool(scope.ints)
        match rng.choice(kinds):
            case "float":
                return rng.choice(scope.floats)
            case "element":
                return self.subscript(rng.choice(list(scope.arrays.values())))
            case "integer":
                name = rng.choice(sorted(scope.ints))
                return rng.choice([f"0.3 * {name}", f"float({name})", f"{name} / 4"])
            case _:
                return self.constant()

    def bounded(self, depth):
        """A float expression of modulus at most about one, smooth."""
        e = self.float(depth - 1)
        forms = [
            f"math.sin({e})",
            f"np.sin({e})",
            f"np.cos({e})",
            f"np.tanh({e})",
            f"math.tanh({e})",
            f"np.exp(-({e}) ** 2)",
        ]
        forms += [f"({e}) / (1.0 + ({e}) ** 2)", f"1.0 / (1.0 + ({e}) * ({e}))", f"np.tanh({e}) ** 3"]
        forms += [
            f"math.exp(np.sin({e}) - 1.0)",
            f"np.arctan({e}) * 0.5",
            f"np.sqrt(1.0 + np.sin({e}))" if self.chance(0.2) else "0.5",
        ]
        return self.rng.choice(forms)

    def float(self, depth=2):
        """A float expression; products have one bounded factor, so that loops do not run away."""
        if depth <= 0 or self.chance(0.2):
            return self.leaf()
        rng = self.rng
        kinds = ["add", "add", "sub", "mul", "mul", "div", "negative", "bounded", "bounded", "mild", "reduce"]
        kinds += ["call"] * 3 * bool(self.scalar_helpers)
        if not self.analytic:
            kinds += ["abs", "extremum", "extremum", "conditional", "conditional"]
        one = self.float(depth - 1)
        match rng.choice(kinds):
            case "add":
                return f"({one} + {self.float(depth - 1)})"
            case "sub":
                return f"({one} - {self.float(depth - 1)})"
            case "mul":
                return f"{one} * {self.bounded(depth - 1)}" if self.chance(0.7) else f"{self.constant()} * {one}"
            case "div":
                return f"{one} / (1.5 + np.cos({self.float(depth - 1)}))"
            case "negative":
                return f"-{one}"
            case "mild":
                return rng.choice(
                    [
                        f"np.log(2.0 + ({one}) ** 2)",
                        f"np.sqrt(1.0 + ({one}) ** 2)",
                        f"math.log(1.5 + ({one}) * ({one}))",
                    ]
                )
            case "reduce":
                return self.reduction() if self.scope.arrays else one
            case "call":
                name, count = rng.choice(self.scalar_helpers)
                return f"{name}({', '.join(self.float(depth - 1) for _ in range(count))})"
            case "abs":
                return f"abs({one})"
            case "extremum":
                return f"{rng.choice(['min', 'max', 'np.minimum', 'np.maximum'])}({one}, {self.float(depth - 1)})"
            case "conditional":
                return f"({one} if {self.condition(1)} else {self.float(depth - 1)})"
            case _:
                return self.bounded(depth)

    def reduction(self):
        array = self.rng.choice(list(self.scope.arrays.values()))
        a = array.name
        forms = [f"0.3 * {a}.sum()", f"0.3 * np.sum({a})", f"{a}.mean()"]
        same = [
            b.name for b in self.scope.arrays.values() if b.shape == array.shape and b.contiguous and len(b.shape) == 1
        ]
        if same and array.contiguous:
            forms.append(f"np.tanh(np.dot({a}, {self.rng.choice(same)}))")
            forms.append(f"np.sin({a} @ {self.rng.choice(same)})")
        if not self.analytic:
            forms += [f"{a}.max()", f"np.min({a})"]
        return self.rng.choice(forms)

    # -- conditions: of floats only where no complex step will follow

    def condition(self, depth=1):
        rng, ints = self.rng, sorted(self.scope.ints)
        kinds = ["float", "float", "chain"] * (not self.analytic) + ["parity", "order"] * bool(ints)
        kinds += ["and", "or", "not"] * (depth > 0)
        match rng.choice(kinds or ["size"]):
            case "float":
                return f"{self.float(1)} {rng.choice(['<', '>', '<=', '>='])} {rng.choice([self.constant(), self.float(1)])}"
            case "chain":
                return f"-0.8 < {self.leaf()} < {round(rng.uniform(0.1, 1.5), 2)}"
            case "parity":
                return f"{rng.choice(ints)} % 2 == {rng.randint(0, 1)}"
            case "order":
                other = rng.choice([rng.choice(ints), str(rng.randint(0, 2))])
                return f"{rng.choice(ints)} {rng.choice(['<', '>', '!=', '>='])} {other}"
            case "and":
                return f"({self.condition(depth - 1)} and {self.condition(depth - 1)})"
            case "or":
                return f"({self.condition(depth - 1)} or {self.condition(depth - 1)})"
            case "not":
                return f"not ({self.condition(depth - 1)})"
            case _:
                return "n > 2"


def trips(start, stop, step):
    """How often a range runs."""
    return max(0, math.ceil((stop - start) / step))
