"""Random programs of nested loops, branches and jumps."""

import random

NAMES = ("a", "b", "c", "d")


class Writer:
    """Writes one random function `f(x, n)` over a float array and an int; every program ends.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.left = 30  # statements yet to be written
        self.loops = []  # kinds of the loops around
        self.fresh = 0

    def text(self):
        """The source."""
        self.line(0, "def f(x, n):")
        for name in NAMES:
            self.line(1, f"{name} = {self.random.uniform(-2, 2):.3f}")
        if self.random.random() < 0.5:
            self.line(1, "k = -1")
        else:
            self.line(1, "k = n")
        self.block(1, 0)
        self.line(1, self.result())
        return "\n".join(self.lines) + "\n"

    def line(self, depth, text):
        self.lines.append("    " * depth + text)

    def result(self):
        return self.random.choice(
            ["return a + b * c - d + k", "return a, (b, c), d + k", "return a * b + x[0], k, c, d"]
        )

    def block(self, depth, nesting):
        for _ in range(self.random.randint(1, 4)):
            if self.left <= 0:
                break
            self.left -= 1
            if self.statement(depth, nesting):
                return
        if not self.lines[-1].startswith("    " * depth):
            self.line(depth, "pass")

    def statement(self, depth, nesting):
        """One statement; True if it is a jump, which nothing may follow."""
        kinds = ["assign"] * 5 + ["swap", "store", "if"] + ["if", "for", "while"] * (2 if nesting < 4 else 0)
        if nesting:
            kinds += ["return", "raise"] if self.random.random() < 0.15 else []
        if self.loops and nesting:
            kinds += ["break", "continue"] * 2
        kind = self.random.choice(kinds)
        return bool(getattr(self, f"write_{kind}")(depth, nesting))

    def expression(self):
        one, other = self.random.choice(NAMES), self.random.choice([*NAMES, "x[1]", "x[n % 3]", "0.5", "k"])
        shape = self.random.choice(["{0} + {1}", "{0} - {1}", "0.5 * {0} * {1}", "math.sin({0}) + {1}", "{1}", "2"])
        if self.random.random() < 0.15:
            shape = f"({shape}) if {self.condition()} else {self.random.choice(NAMES)}"
        return shape.format(one, other)

    def condition(self):
        a, b = self.random.choice(NAMES), self.random.choice([*NAMES, "0.0", "x[2]"])
        shape = self.random.choice(
            ["{0} < {1}", "{0} > {1}", "{0} < {1} < 1.5", "{0} > {1} and n > 2", "{0} < {1} or k > 3", "not {0} < {1}"]
        )
        return shape.format(a, b)

    def write_assign(self, depth, nesting):
        name = self.random.choice([*NAMES, *NAMES, "x[k % 3]", "x[0]"])
        operator = self.random.choice(["=", "=", "+=", "-="])
        self.line(depth, f"{name} {operator} {self.expression()}")

    def write_swap(self, depth, nesting):
        names = self.random.sample(NAMES, self.random.choice([2, 2, 3]))
        self.line(depth, f"{', '.join(names)} = {', '.join(self.random.sample(names, len(names)))}")

    def write_store(self, depth, nesting):
        self.line(depth, f"k {self.random.choice(['=', '+='])} {self.random.choice(['1', '2', 'n', '-1'])}")

    def write_if(self, depth, nesting):
        self.line(depth, f"if {self.condition()}:")
        self.block(depth + 1, nesting + 1)
        if self.random.random() < 0.3:
            self.line(depth, f"elif {self.condition()}:")
            self.block(depth + 1, nesting + 1)
        if self.random.random() < 0.5:
            self.line(depth, "else:")
            self.block(depth + 1, nesting + 1)

    def write_for(self, depth, nesting):
        self.fresh += 1
        index = f"i{self.fresh}"
        over = self.random.choice(
            ["range(n)", "range(n)", "range(1, n)", "range(n, 0, -1)", "range(0)", "range(max(k, -2), n)"]
        )
        if self.random.random() < 0.25:
            over = self.random.choice(["x", "x[:n]", "enumerate(x)", "zip(x, x[::-1])"])
        target = f"{index}, v{self.fresh}" if "(x" in over else index
        self.line(depth, f"for {target} in {over}:")
        self.loops.append("for")
        if self.random.random() < 0.6:
            self.line(depth + 1, f"{self.random.choice(NAMES)} += 0.25 * {index}")
        self.block(depth + 1, nesting + 1)
        self.loops.pop()
        self.write_else(depth, nesting)

    def write_while(self, depth, nesting):
        self.fresh += 1
        count = f"j{self.fresh}"
        self.line(depth, f"{count} = 0")
        endless = self.random.random() < 0.4
        condition = f"{count} < {self.random.choice(['n', '3', '0'])}"
        if self.random.random() < 0.4:
            condition += f" and ({self.condition()})"
        self.line(depth, "while True:" if endless else f"while {condition}:")
        self.line(depth + 1, f"{count} += 1")
        if endless:
            self.line(depth + 1, f"if {count} > 3:")
            self.line(depth + 2, self.random.choice(["break", "break", "break", self.result()]))
        self.loops.append("while")
        self.block(depth + 1, nesting + 1)
        self.loops.pop()
        if not endless:
            self.write_else(depth, nesting)

    def write_else(self, depth, nesting):
        if self.random.random() < 0.3:
            self.line(depth, "else:")
            self.block(depth + 1, nesting + 1)

    def write_break(self, depth, nesting):
        self.line(depth, "break")
        return True

    def write_continue(self, depth, nesting):
        self.line(depth, "continue")
        return True

    def write_return(self, depth, nesting):
        self.line(depth, self.result())
        return True

    def write_raise(self, depth, nesting):
        self.line(depth, self.random.choice(["raise ValueError('bad')", "raise ValueError('bad', k)", "assert a < 0"]))
        return False


def program(seed):
    """Source of the program of a seed; all its returns have one type."""
    writer = Writer(seed)
    chosen = writer.result()
    writer.result = lambda: chosen
    return writer.text()
