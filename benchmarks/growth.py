"""Programs of any length and any depth of calls, to see how the time to compile a gradient grows with them."""

import math

from benchmarks.programs import jit


def lines(count: int):
    """A loop whose body has that many lines, each of which uses results of earlier ones."""
    body = [
        f"        v{i} = math.sin(v{i - 1}) * v{max(i - 2, 0)} + {i}.0 / (1.0 + x[i] * x[i])" for i in range(1, count)
    ]
    source = ["def program(x):", "    total = 0.0", "    for i in range(x.size):", "        v0 = x[i]", *body]
    source += [f"        total += v{count - 1}", "    return total"]
    namespace = {"math": math}
    exec("\n".join(source), namespace)
    return namespace["program"]


@jit
def _innermost(a, b):
    return math.sin(a) * b + a


def _around(inner):
    @jit
    def outer(a, b):
        return inner(a * b, math.exp(-b)) + a

    return outer


def calls(depth: int):
    """A loop that calls a function that calls a function, and so on."""
    inner = _innermost
    for _ in range(depth):
        inner = _around(inner)

    def program(x):
        total = 0.0
        for i in range(x.size):
            total += inner(x[i], 0.5 * x[i])
        return total

    return program
