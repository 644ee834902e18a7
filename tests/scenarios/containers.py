"""Tuples, NamedTuples, lists and typed lists, as arguments, as results and in between."""

from typing import NamedTuple

import numba as nb
import numpy as np
from numba.typed import List

from tests.scenarios.corpus import scenario


class Oscillator(NamedTuple):
    mass: float
    stiffness: float
    damping: float


class Model(NamedTuple):
    oscillator: Oscillator
    weights: np.ndarray
    offset: float


class Point(NamedTuple):
    x: float
    y: float


OSCILLATOR = Oscillator(1.5, 4.0, 0.2)
V3 = np.array([0.3, -1.2, 2.5])


@scenario(1.3, 0.4, argnums=(0, 1), full=True)
def tuple_result(x, y):
    return x * y, 2.0 * x


@scenario(1.3)
def tuple_of_constant_and_active(x):
    return 1.5, x * x


@scenario((1.3, 0.4), second_order=False, full=True)
def tuple_argument(p):
    a, b = p
    return a * b + p[0]


@scenario(((1.3, 0.4), V3), full=True)
def nested_tuple_argument(p):
    return p[0][0] * p[1][1] + p[0][1] * p[1].sum()


@scenario(OSCILLATOR, full=True)
def namedtuple_argument(p):
    return p.stiffness / p.mass - (p.damping / (2.0 * p.mass)) ** 2


@scenario(Model(OSCILLATOR, V3, 0.25))
def nested_namedtuple_argument(m):
    return m.offset * m.oscillator.stiffness + (m.weights * m.weights).sum() / m.oscillator.mass


@scenario(1.3, 0.4, argnums=(0, 1), full=True)
def namedtuple_result(x, y):
    return Point(x * y, x - y)


@scenario(Point(1.3, 0.4))
def namedtuple_in_and_out(p):
    for _ in range(3):
        p = Point(p.x + 0.1 * p.y, p.y - 0.1 * p.x)
    return p


@scenario(1.3, V3, argnums=(0, 1))
def tuple_of_scalar_and_array_result(x, v):
    return x * v.sum(), x * v


@scenario(1.3, full=True)
def tuple_built_and_indexed(x):
    t = (x, 2.0 * x, x * x)
    s = 0.0
    for i in range(len(t)):
        s += t[i] * i
    for e in t:
        s += e
    return s + t[-1]


@scenario(1.3)
def tuple_concatenated_and_unpacked(x):
    t = (x, 1.0) + (x * x,)
    (a, b), c = (t[0], t[1]), t[2]
    rest = t[1:]
    return a * b * c + rest[1] + t[0]


@scenario(1.3)
def nested_tuple_state(x):
    state = ((x, 1.0), 0.0)
    for _ in range(3):
        (a, b), c = state
        state = ((b * x, a), c + a * b)
    return state[1]


@scenario(1.3)
def empty_list_append(x):
    values = []
    for i in range(4):
        values.append(x * i)
    s = 0.0
    for v in values:
        s += v * v
    return s + values[-1] + len(values)


@scenario(1.3, full=True)
def list_comprehension(x):
    squares = [x * i * i for i in range(4) if i != 2]
    return sum(squares) * squares[1]


@scenario(1.3)
def list_of_zeros(x):
    a = [0.0] * 3
    for i in range(3):
        a[i] = x ** (i + 1)
    return a[0] + a[1] * a[2]


@scenario(1.3)
def list_with_first_float_then_active(x):
    a = [1.0]
    a.append(x)
    a.append(a[-1] * x)
    a[0] = a[1] + a[2]
    return a[0] * a.pop()


@scenario(V3, full=True)
def list_of_arrays(v):
    stack = [v, 2.0 * v, v * v]
    s = 0.0
    for a in stack:
        s += a[1]
    return s + stack[0][0] * stack[2][2]


@scenario(1.3)
def list_of_buffers(x):
    buffers = [np.zeros(2) for _ in range(3)]
    for i in range(3):
        buffers[i][i % 2] = x**i
        buffers[i][0] += x
    return buffers[0][0] + buffers[1][1] * buffers[2][0]


@scenario(1.3)
def list_insert_reverse_slice(x):
    a = [x, 2.0 * x]
    a.insert(0, 3.0)
    a.reverse()
    b = a[1:]
    a.extend(b)
    return a[0] * a[2] + a[3] * a[4]


@scenario(1.3, 0.9, argnums=(0, 1), full=True)
def sorted_list(x, y):
    a = sorted([x * y, y, x, 0.5])
    return a[0] + 2.0 * a[1] + 3.0 * a[2] * a[3]


@scenario(1.3)
def typed_list(x):
    a = List()
    for i in range(3):
        a.append(x * (i + 1))
    a[0] = a[1] * a[2]
    return a[0] + a[2]


@scenario(1.3, full=True)
def list_of_tuples(x):
    path = [(0.0, x)]
    for i in range(3):
        t, y = path[-1]
        path.append((t + 0.1, y + 0.1 * y * t))
    return path[3][1]


@scenario(1.3, 0.4, argnums=(0, 1))
def zip_and_enumerate_of_tuples(x, y):
    s = 0.0
    for i, (a, b) in enumerate(zip((x, y, 2.0), (y, y, x))):
        s += i * a * b
    return s


@scenario(1.3, 0.4, argnums=(0, 1))
def map_and_filter(x, y):
    return sum(list(map(lambda q: q * q, (x, y)))) + list(filter(lambda q: q > 0.5, [x, y]))[0]


@nb.njit
def _polar(x, y):
    r = np.sqrt(x * x + y * y)
    return r, np.arctan2(y, x)


@scenario(1.3, 0.4, argnums=(0, 1), second_order=True)
def tuple_returned_by_helper(x, y):
    r, phi = _polar(x, y)
    return r * phi
