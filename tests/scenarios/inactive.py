"""What rides along without a derivative, and the other float types."""

import numba as nb
import numpy as np
from numba import literal_unroll

from tests.scenarios.corpus import scenario

V3 = np.array([0.3, -1.2, 2.5])
V3_SINGLE = V3.astype(np.float32)
SINGLE = 1e-5
MIXED = (1, 2.5, 3)


@scenario(1.3, 3, True, "cubic", None)
def int_bool_str_none_arguments(x, n, flag, kind, nothing):
    y = x**n if flag else x
    if kind == "cubic":
        y = y * 2.0
    if nothing is None:
        y = y + x
    return y


@scenario(V3, np.array([2, 0, 1]), np.array([True, False, True]))
def integer_and_boolean_array_arguments(v, index, mask):
    s = 0.0
    for i in range(v.size):
        if mask[i]:
            s += v[index[i]] * (index[i] + 1)
    return s


@scenario(1.3, (2, 0.5, "a"), full=True)
def inactive_tuple_argument(x, options):
    return x ** options[0] * options[1]


@scenario(2, second_order=True)
def int_given_for_active_argument(x):
    return x * x * 0.5 + x / 4


@scenario(1.3, 0.4, argnums=1, full=True)
def second_argument_only(x, y):
    return x * y + x**2


@scenario(1.3, 0.4, argnums=(1, 0))
def arguments_in_other_order(x, y):
    return x * x * y


@scenario(1.3, full=True)
def independent_of_the_argument(x):
    return 2.5


@scenario(1.3, full=True)
def derivative_is_zero_by_rounding(x):
    return float(int(x)) + float(round(x)) + x // 1.0


@scenario(1.3, 7, full=True)
def integer_arithmetic_beside(x, n):
    k = n // 2 + n % 3 - (n << 1) + (n & 3)
    return x * k + k**2 + k / n


@scenario(np.float32(1.3), np.float32(0.4), argnums=(0, 1), tolerance=SINGLE, full=True)
def single_precision(x, y):
    return x * y + np.sin(x)


@scenario(V3_SINGLE, tolerance=SINGLE)
def single_precision_array(v):
    return v * v[0] + np.float32(1.0)


@scenario(V3_SINGLE, tolerance=SINGLE)
def single_precision_buffer(v):
    a = np.zeros(3, dtype=np.float32)
    for i in range(3):
        a[i] = v[i] * v[i - 1]
    return a


@scenario(V3_SINGLE, 2.0, argnums=(0, 1), tolerance=SINGLE)
def mixed_precision(v, x):
    s = 0.0
    for i in range(3):
        s += v[i] * x
    return s


@nb.njit
def _choose(kind, x):
    if kind == 0:
        return x * x
    if kind == 1:
        return np.sin(x)
    return x


@scenario(1.3, full=True)
def integer_switch(x):
    s = 0.0
    for kind in range(3):
        s += _choose(kind, x)
    return s


@scenario(1.3)
def heterogeneous_tuple_unrolled(x):
    s = 0.0
    for c in literal_unroll(MIXED):
        s += x * c
    return s


@scenario(1.3, full=True)
def print_free_string_use(x):
    label = "large" if x > 1.0 else "small"
    return x * len(label)
