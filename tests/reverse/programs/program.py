"""A whole random program: helpers, arguments, body, result."""

import itertools
import linecache
import types
from dataclasses import dataclass

import numpy as np

from tests.reverse.programs.helpers import KINDS, write_helper
from tests.reverse.programs.scope import Scope
from tests.reverse.programs.statements import Statements

HEADER = "import math\nimport numba as nb\nimport numpy as np\n\n"
NUMBER = itertools.count()


@dataclass(frozen=True)
class Case:
    """A program and a point.

    Parameters
    ----------
    source : str
        A module that defines `f`.
    point : str
        Python text of the arguments, a tuple.
    argnums : tuple of int
    out_argnums : tuple of int
        Arguments that are the outputs, or () where `f` returns them.
    """

    source: str
    point: str
    argnums: tuple[int, ...]
    out_argnums: tuple[int, ...] = ()

    def args(self):
        """Fresh arguments."""
        return eval(self.point, {"np": np})

    def text(self):
        """All of it, as a module."""
        return f"{self.source}\n\nARGS = {self.point}\nARGNUMS, OUT_ARGNUMS = {self.argnums}, {self.out_argnums}\n"


def load(case):
    """The function of a case, its source known to tracebacks."""
    filename = f"<program {next(NUMBER)}>"
    linecache.cache[filename] = (len(case.source), None, case.source.splitlines(keepends=True), filename)
    module = types.ModuleType(filename)
    exec(compile(case.source, filename, "exec"), module.__dict__)
    return module.f


def generate(rng, statements=None, moving=False):
    """A random case.

    Parameters
    ----------
    rng : random.Random
        Or one that hypothesis drives, which can then shrink what it finds.
    statements : int, optional
        About how many statements the body has.
    moving : bool
        Whether views may get other views under their names.
    """
    budget = statements or rng.choice([5, 8, 12, 16, 22])
    scope = Scope(hidden={"n", "f", "np", "nb", "math"})
    x, y = (rng.choice([2, 3, 3, 4]),), rng.choice([(3,), (4,), (2, 3), (3, 2), (3, 3)])
    strided = rng.random() < 0.15
    scope.add_array("x", x, not strided)
    scope.add_array("y", y)
    scope.add_float("a")
    scope.add_int("n", 3, 3)
    scope.frozen.add("n")
    kind = rng.choice(["number", "number", "number", "array", "tuple", "outputs"])
    writer = Statements(rng, scope, None, budget)
    writer.moving = moving
    writer.returns = lambda: result(writer, kind, x)
    helpers = []
    for k in range(rng.choice([0, 0, 1, 2])):
        name, sort = f"h{k}", rng.choice(KINDS)
        if sort in ("scalar", "loop", "early"):
            writer.scalar_helpers.append((name, 2))
        else:
            writer.array_helpers.append((name, sort))
        if sort == "higher" and not writer.scalar_helpers:  # nothing to give to it
            writer.array_helpers.pop()
        helpers += [*(["@nb.njit"]), *write_helper(rng, sort, name, writer.analytic), "", ""]
    body = []
    if closure := rng.random() < 0.15:
        scope.frozen.add("a")
        writer.scalar_helpers.append(("inner", 1))
    if rng.random() < 0.1:
        body = ["if n < 0:", '    raise ValueError("negative")']
    while writer.budget > 0:
        body += writer.block(1, 3)
    body.append(f"return {result(writer, kind, x)}" if kind != "outputs" else "x[0] += " + writer.float(2))
    if closure and any("inner(" in line for line in body):  # Numba refuses one that is not called
        body = ["def inner(q):", f"    return q * a + {writer.constant()}", *body]
    source = HEADER + "\n".join([*helpers, "def f(x, y, a, n):", *(f"    {line}" for line in body), ""])
    return Case(source, point(rng, x, y, strided), argnums(rng), (0, 1) if kind == "outputs" else ())


def result(writer, kind, shape):
    """What a return statement of the program returns, always of one type."""
    if kind == "outputs":
        return ""
    number = total(writer)
    if kind == "number":
        # now and then a bare name, which the reverse sweep gives its earlier values again
        names = sorted(writer.scope.floats) if len(number) % 4 == 0 else []
        return names[len(number) // 4 % len(names)] if names else number
    array = writer.elementwise(shape)
    return array if kind == "array" else f"{number}, {array}"


def total(writer):
    """A number that depends on many of the names in scope."""
    scope, rng = writer.scope, writer.rng
    terms = [f"{writer.constant()} * {name}" for name in scope.floats]
    for a in scope.arrays.values():
        terms.append(rng.choice([f"0.7 * {writer.subscript(a)}", f"{a.name}.sum()"]))
    return " + ".join(rng.sample(terms, min(len(terms), rng.randint(2, 6))))


def point(rng, x, y, strided):
    def numbers(count):
        return [round(rng.uniform(-1.5, 1.5), 3) for _ in range(count)]

    first = f"np.array({numbers(x[0])})" if not strided else f"np.array({numbers(2 * x[0])})[::2]"
    second = f"np.array({numbers(int(np.prod(y)))}).reshape({y})"
    return f"({first}, {second}, {numbers(1)[0]}, 3)"


def argnums(rng):
    return rng.choice([(0, 1, 2)] * 4 + [(0,), (1,), (2,), (0, 2)])
