"""What has no place in the region tree is refused, with its line and a rewrite."""

import inspect

import numba as nb
import numpy as np
import pytest

from dualad.errors import UnsupportedError
from dualad.program import build

X = np.array([0.5, -1.0, 2.0])
REFUSED = []


def refused(line):
    """Add a function that is refused at the line that contains a text."""

    def add(function):
        REFUSED.append((function, line))
        return function

    return add


@nb.njit
def numbers(n):
    for i in range(n):
        yield i * 1.0


@refused("yield")
def generator(x):
    s = 0.0
    for v in numbers(3):
        s += v * x[0]
    return s


@refused("y = x[5]")
def exception_caught(x):
    try:
        y = x[5]
    except Exception:
        y = 0.0
    return y


@refused("with nb.objmode")
def object_mode(x):
    with nb.objmode(y="float64"):
        y = x[0]
    return y


@refused("{1: x[0]}")
def dict_of_floats(x):
    d = {1: x[0]}
    return d[1]


@refused("{1.0, 2.0}")
def set_of_floats(x):
    s = {1.0, 2.0}
    return len(s) * x[0]


@refused("in it:")
def iterator_used_twice(x):
    it = iter(x)
    s = 0.0
    for v in it:
        s += v
        if v > 1:
            break
    for v in it:
        s *= v  # noqa: E701
    return s


@refused("in e:")
def iterator_of_an_outer_loop(x):
    e = enumerate(x)
    s = 0.0
    for _ in range(3):
        for i, v in e:
            s += v * i
            break
    return s


@refused("next(")
def next_of_iterator(x):
    return next(iter(x))


@refused("for v in values")
def list_grows_in_its_loop(x):
    values = [v for v in x]
    s = 0.0
    for v in values:
        s += v
        if len(values) < 9:
            values.append(v * 2)
    return s


@nb.njit(locals={"y": nb.float32})
def rounds(x):
    y = x * 2
    return y


@refused("rounds(x[0])")
def declared_locals(x):
    return rounds(x[0])


@nb.experimental.jitclass([("a", nb.float64)])
class Box:
    def __init__(self, a):
        self.a = a


@refused("Box(x[0])")
def jitclass(x):
    box = Box(x[0])
    return box.a


@pytest.mark.parametrize(("function", "line"), [pytest.param(*c, id=c[0].__name__) for c in REFUSED])
def test_refused_at_its_line(function, line):
    with pytest.raises(UnsupportedError) as refusal:
        build(function, (nb.typeof(X),))
    assert line in refusal.value.where
    assert __file__ in refusal.value.where
    assert refusal.value.reason and refusal.value.rewrite


def test_typing_errors_are_numbas():
    with pytest.raises(nb.core.errors.TypingError):
        build(lambda x: x + "a", (nb.float64,))


def test_lines_are_the_callees_own():
    def caller(x):
        return power_of_two(x) + 1

    program = build(caller, (nb.float64,))
    lines = [statement.where.line for statement in program.body]
    first = inspect.getsourcelines(power_of_two.py_func)[1]
    assert lines == [first + 2, caller.__code__.co_firstlineno + 1]


@nb.njit
def power_of_two(x):
    return x * x
