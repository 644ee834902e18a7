"""Active values put where derivatives may not survive: records, classes, dicts, sets, lists from outside."""

from typing import NamedTuple

import numba as nb
import numpy as np
from numba.experimental import jitclass
from numba.typed import Dict, List

from tests.scenarios.corpus import Made, attack

V3 = np.array([0.3, -1.2, 2.5])
RECORD = np.dtype([("position", np.float64), ("count", np.int64)])


class Settings(NamedTuple):
    work: np.ndarray
    scale: float


@jitclass([("value", nb.float64), ("trace", nb.float64[:])])
class Box:
    def __init__(self, value):
        self.value = value
        self.trace = np.zeros(2)

    def twice(self):
        return 2.0 * self.value


@jitclass
class Holder:
    data: nb.float64[:]

    def __init__(self, data):
        self.data = data


@attack(1.3, reference=lambda x: 2 * x)
def structured_buffer(x):
    a = np.zeros(2, dtype=RECORD)
    a[0]["position"] = x
    return a[0]["position"] * x


@attack(1.3, np.zeros(2, dtype=RECORD), reference=lambda x, a: 2 * x)
def structured_argument(x, a):
    a[1].position = x
    return a[1].position * x


@attack(1.3, reference=lambda x: 4 * x)
def class_field(x):
    box = Box(x)
    return box.twice() * x


@attack(1.3, reference=lambda x: 2 * x)
def class_field_assigned(x):
    box = Box(1.0)
    box.value = x
    return box.value * x


@attack(1.3, reference=lambda x: 2 * x)
def array_in_class_field(x):
    box = Box(1.0)
    box.trace[0] = x
    return box.trace[0] * x


@attack(1.3, reference=lambda x: 2 * x)
def buffer_held_by_class(x):
    a = np.zeros(2)
    holder = Holder(a)
    a[0] = x
    return holder.data[0] * x


@attack(1.3, Made(lambda: Box(2.0)), reference=lambda x, box: 2 * x)
def class_argument(x, box):
    box.value = x
    return box.value * x


@attack(1.3, reference=lambda x: 3 * x**2)
def dict_values(x):
    d = {"a": x, "b": x * x}
    return d["a"] * d["b"]


@attack(1.3, reference=lambda x: 2 * x)
def dict_of_float_then_active(x):
    d = {1: 2.0}
    d[1] = x
    return d[1] * x


@attack(1.3, reference=lambda x: 2 * x)
def dict_of_buffers(x):
    d = {}
    d[0] = np.zeros(2)
    d[0][1] = x
    return d[0][1] * x


@attack(1.3, reference=lambda x: 1.0)
def dict_with_active_key(x):
    d = {x: 1.0}
    return d[x] * x


def _dict():
    d = Dict.empty(nb.types.unicode_type, nb.float64)
    d["k"] = 1.0
    return d


@attack(1.3, Made(_dict), reference=lambda x, d: 2 * x)
def dict_argument(x, d):
    d["k"] = x
    return d["k"] * x


@attack(1.3, reference=lambda x: 3.0)
def set_of_actives(x):
    s = {x, 2.0 * x}
    total = 0.0
    for e in s:
        total += e
    return total


@attack(1.3, Made(lambda: List([1.0, 2.0])), reference=lambda x, a: 2 * x)
def typed_list_argument(x, a):
    a[0] = x
    return a[0] * x


@attack(1.3, Made(lambda: List([np.zeros(2)])), reference=lambda x, a: 2 * x)
def typed_list_of_arrays_argument(x, a):
    a[0][1] = x
    return a[0][1] * x


@attack(1.3, (np.zeros(2), 3), reference=lambda x, t: 2 * x)
def array_in_tuple_argument(x, t):
    t[0][1] = x
    return t[0][1] * x


@attack(1.3, Settings(np.zeros(2), 0.5), reference=lambda x, s: x)
def array_in_namedtuple_argument(x, s):
    s.work[1] = x
    return s.work[1] * x * s.scale


@attack(1.3, reference=lambda x: 2 * x)
def buffer_aliased_through_list(x):
    a = np.zeros(2)
    held = [a]
    held[0][0] = x
    return a[0] * x


@attack(1.3, reference=lambda x: 2 * x)
def buffer_aliased_through_tuple(x):
    a = np.zeros(2)
    held = (a, 1)
    held[0][0] = x
    return a[0] * x


@attack(1.3, reference=lambda x: 2 * x)
def buffer_aliased_through_namedtuple(x):
    a = np.zeros(2)
    settings = Settings(a, 1.0)
    settings.work[0] = x
    return a[0] * x


@attack(1.3, reference=lambda x: 2 * x)
def list_in_tuple(x):
    held = ([1.0, 2.0], 5)
    held[0][0] = x
    return held[0][0] * x


@attack(1.3, reference=lambda x: 2 * x)
def list_of_lists(x):
    rows = [[0.0, 0.0] for _ in range(2)]
    rows[1][0] = x
    return rows[1][0] * x


@attack(1.3, reference=lambda x: 3 * x**2)
def list_aliased_by_two_names(x):
    a = [1.0, 2.0]
    b = a
    b[0] = x
    b.append(x * x)
    return a[0] * a[2]


@nb.njit
def _put(target, value):
    target.append(value)
    target[0] = value


@attack(1.3, reference=lambda x: 2 * x)
def list_filled_by_helper(x):
    a = [1.0]
    _put(a, x)
    return a[0] * a[1]


@attack(V3, reference=lambda v: np.ones(3))
def array_of_lists_of_actives(v):
    a = np.array([[v[0], 1.0], [v[1], v[2]]])
    return a.sum()
