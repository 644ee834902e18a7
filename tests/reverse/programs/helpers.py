"""Random helper functions that a program calls: of numbers, writing arrays, returning tuples and arrays.

Their local names are those of the programs, so that an inliner that mixes them up is found.
"""

from tests.reverse.programs.expressions import Expressions
from tests.reverse.programs.scope import Scope

KINDS = ("scalar", "scalar", "loop", "early", "pair", "writer", "maker", "updater", "higher")


def write_helper(rng, kind, name, analytic):
    """Source lines of a helper of a kind, and how many numbers it takes."""
    scope = Scope()
    e = Expressions(rng, scope)
    e.analytic = analytic
    first, second = rng.sample(["s", "t", "u", "v", "acc", "x_bar", "t1"], 2)
    scope.add_float(first)
    if kind in ("scalar", "early", "loop", "pair"):
        scope.add_float(second)
        header = f"def {name}({first}, {second}{'=0.4' if rng.random() < 0.2 else ''}):"
        if kind == "scalar":
            return [header, f"    w = {e.float(2)}", f"    return w * {e.bounded(2)}"]
        if kind == "pair":
            return [header, f"    return {e.bounded(2)}, {e.float(2)}"]
        if kind == "early":
            return [
                header,
                f"    if {e.condition() if not analytic else 'False'}:",
                f"        return {e.float(2)}",
                f"    return {e.bounded(2)}",
            ]
        scope.add_int("i", 0, rng.randint(0, 3))
        body = f"    for i in range({scope.ints['i'][1] + 1}):"
        return [
            header,
            "    total = 0.0",
            body,
            f"        total += {e.float(2)}",
            f"        {first} = {e.bounded(2)}",
            f"    return total + {first}",
        ]
    if kind == "higher":  # calls the function that it is given
        return [
            f"def {name}(g, {first}):",
            "    for _ in range(2):",
            f"        {first} = g({first}, {e.bounded(1)})",
            f"    return {first}",
        ]
    if kind == "writer":  # writes out, of src's length
        body = [
            f"        out[i] = src[i - 1] * {e.bounded(1)}",
            f"        out[i] += {first} * src[i]",
            "        src[i] = 0.5 * out[i]",
        ]
        rng.shuffle(body)
        return [f"def {name}(out, src, {first}):", "    for i in range(out.size):", *body[: rng.randint(1, 3)]]
    if kind == "updater":  # returns a number, changes z
        return [
            f"def {name}(z, {first}):",
            f"    z[-1] += {e.bounded(1)}",
            f"    z *= {e.bounded(1)}",
            "    return z[0] + z[-1]",
        ]
    body = rng.choice([f"z = src * {e.bounded(1)}", f"z = src.copy()\n    z[0] = {e.float(1)}", "z = src"])  # maker
    return [f"def {name}(src, {first}):", f"    {body}", "    return z"]
