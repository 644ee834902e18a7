"""Small functions, one per construct of the language, each with arguments to run it on."""

import math
from collections import namedtuple

import numba as nb
import numpy as np
from numba import literal_unroll as unroll
from numba.extending import register_jitable

CONSTRUCTS = []
Point = namedtuple("Point", ["x", "y"])
Pair = namedtuple("Pair", ["first", "second"], defaults=[2.5])
TABLE = np.array([1.0, 2.0, 4.0])
SCALE = 1.5
WEIGHTS = (0.5, 0.25, 2.0)
X = np.array([0.3, -1.2, 2.0, 0.7])
M = np.arange(12.0).reshape(3, 4) * 0.3 - 1


def construct(*argument_lists):
    """Add a function, to be run on each list of arguments."""

    def add(function):
        CONSTRUCTS.append((function, argument_lists))
        return function

    return add


# Branches


@construct((1.0, 2.0), (2.0, 1.0), (0.5, 0.5))
def nested_branches(a, b):
    if a < b:
        if a < 1:
            y = a
        else:
            y = b * 2
    elif a > b:
        y = a - b
    else:
        return -1.0
    return y + 1


@construct((1.0,), (-1.0,), (3.0,))
def early_returns(a):
    if a < 0:
        return 0.0
    if a > 2:
        return a * a
    b = a + 1
    if b > 5:
        return b
    return b * 2


@construct((0.5, 1.0, 2.0), (2.0, 1.0, 0.5), (1.0, 3.0, 2.0))
def chained_comparison(a, b, c):
    y = 1.0 if a < b < c else 2.0
    if a < b <= c or b > a > 0.1:
        y += a
    if not (a < b and b < c):
        y *= 3
    return y


@construct((3,), (0,), (-1,))
def match_of_ints(n):
    y = 1.0
    if n == 3:
        y = 2.0
    elif n == 0:
        y = 3.0
    return y


@construct((1.0, True), (1.0, False))
def bool_argument(a, flag):
    y = a
    if flag:
        y = a * 2
    return y if not flag else y + 1


@construct((1.0, 3), (-1.0, 3))
def raise_and_assert(a, n):
    assert n > 0, "positive"
    if a < -5:
        raise ValueError("too small", n)
    if n == 99:
        raise RuntimeError
    return a / n


# Loops


@construct((X, 3), (X, 0))
def value_behind_loop(x, n):
    i, y = -1, 0.0
    for i in range(n):
        y = x[i]
    return y + i


@construct((X,), (-X,))
def first_negative(x):
    for i in range(len(x)):
        if x[i] < 0:
            return i
    return -1


@construct((X,), (X + 5,))
def for_else(x):
    for v in x:
        if v < 0:
            y = v
            break
    else:
        y = 100.0
    return y


@construct((X, 3), (X, 0))
def while_else(x, n):
    i, s = 0, 0.0
    while i < n:
        if x[i] > 1:
            s += 10
            break
        s += x[i]
        i += 1
    else:
        s -= 5
    return s, i


@construct((M, 0.5), (M, 5.0), (M, -3.0))
def return_from_depth(m, limit):
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            k = 0
            while True:
                if m[i, j] * k > limit:
                    return m[i, j] + k
                k += 1
                if k > 3:
                    break
            if m[i, j] > 2 * limit:
                break
        else:
            continue
        return -7.0
    return -1.0


@construct((X, 4), (X, 1), (X, 0))
def fibonacci_swap(x, n):
    a, b, c = 0.0, 1.0, x[0]
    for i in range(n):
        a, b = b, a + b
        if i % 2:
            b, c, a = c, a, b
    return a, b, c


@construct((X,))
def continue_in_while(x):
    i, s = -1, 0.0
    while i < len(x) - 1:
        i += 1
        if x[i] < 0:
            continue
        s += x[i] * i
    return s


@construct((10.0,), (1e-3,))
def newton(a):
    y = a
    for _ in range(50):
        new = 0.5 * (y + a / y)
        if abs(new - y) < 1e-14:
            break
        y = new
    return y


@construct((X, 1), (X, 2), (X, -1))
def range_steps(x, step):
    s = 0.0
    for i in range(3 if step < 0 else 0, -1 if step < 0 else 4, step):
        s = s * 2 + x[i]
    return s


@construct((X,))
def loop_variable_changed(x):
    s = 0.0
    for i in range(len(x)):
        i = i * 2
        s += i
    return s + i


@construct((X, 2), (X, 0))
def last_of_previous(x, n):
    s, last = 0.0, 0.0
    for i in range(n):
        if i > 0:
            s += last
        last = x[i]
    return s


@construct((M,))
def rows_and_elements(m):
    s = 0.0
    for row in m:
        for v in row:
            s = s * 0.9 + v
    return s


@construct((X, M))
def enumerate_zip(x, m):
    s = 0.0
    for i, v in enumerate(x):
        s += i * v
    for i, v in enumerate(x, 3):
        s += i * v
    for a, b in zip(x, m[0]):
        s += a * b
    for i, (a, b) in enumerate(zip(x[:2], m[1])):
        s += i * a * b
    for k, (i, v) in zip(range(2, 9, 3), enumerate(x)):
        s += k * i * v
    return s


@construct((M,))
def ndindex_ndenumerate(m):
    s = 0.0
    for i, j in np.ndindex(m.shape):
        s = s * 0.5 + m[i, j]
    for i, j in np.ndindex(2, 3):
        s += m[i, j] * i * j
    for (i, j), v in np.ndenumerate(m):
        s = s * 0.7 + v * i - j
    return s


@construct((M,))
def flat(m):
    s = 0.0
    for v in m.flat:
        s = s * 0.5 + v
    return s + m.flat[5]


@construct((X, 4))
def prange_loop(x, n):
    s = 0.0
    for i in nb.prange(n):
        s += x[i] ** 2
    return s


@construct((X, 3), (X, 0))
def endless_only_returns(x, n):
    k = 0
    while True:
        if k >= n:
            return 1.5
        if x[k] < 0:
            return x[k]
        k += 1


@construct((3,), (0,))
def loop_without_array(n):
    s = 0
    for i in range(n):
        for j in range(i):
            s += j
    return s


# Tuples and lists


@construct((1.0, 2.0, 1), (1.0, 2.0, -1))
def tuples(a, b, n):
    t = (a, b, a * b)
    if n > 0:
        t = (b, a, 1.0)
    u = t + (5.0,)
    p = u[0]
    (q, r), s = t[:2], t[-1]
    return p + q * r + s + u[3] + len(u), t


@construct(
    (1.0, 2.0, 4),
)
def tuple_in_loop(a, b, n):
    state = (a, b)
    for _ in range(n):
        x, v = state
        state = (x + 0.1 * v, v - 0.1 * x)
    return state


@construct((0.1, 0.2, 0.3))
def tuple_loop(a, b, c):
    s = 0.0
    t = (a, b, c)
    for v in t:
        s = s * 2 + v
    for i in range(3):
        s += t[i] * WEIGHTS[i]
    for p, q in ((a, b), (b, c)):
        s += p * q
    return s


@construct((0.1, 0.2, 1), (0.1, 0.2, -1), (0.1, 0.2, -3), (0.1, 0.2, 7))
def tuple_index(a, b, k):
    t = (a, b, a * b)
    if -4 < k < 3:
        return t[k] + ((a, b), (b, a))[k % 2][0] + min(t) + max(a, b, 0, 2 * a) + sum(t)
    q, r = divmod(b, a)
    return q + r


@construct((Point(1.0, 2.0),))
def named_tuple(p):
    q = Point(p.y, x_squared(p.x))
    r = Point(y=q.x, x=q.y)
    d = Pair(r.x)
    return q.x + 3 * r.x, r, d.second * d[0]


@nb.njit
def x_squared(v):
    return v * v


@construct((((1.0, 2.0), X),))
def nested_tuple_argument(t):
    (a, b), x = t
    return a + b * x[0] + x.shape[0]


@construct((X, 2.0))
def unrolled(x, a):
    s = 0.0
    for v in unroll((1, a, 2.5)):
        s += v * a
    return s


@construct((X,))
def lists(x):
    values = [x[0], 2.0]
    values.append(x[1])
    values += [1.0]
    s = 0.0
    for v in values:
        s += v * v
    squares = [v * v for v in x if v > 0]
    return s + len(squares) + squares[-1] + sum(values)


@construct((X,))
def array_comprehension(x):
    y = np.array([v * 2 for v in x])
    z = np.array([[i * 0.5 + j for j in range(3)] for i in range(2)])
    return y, z


@construct((M,))
def shapes(m):
    n, k = m.shape
    y = np.zeros(m.shape)
    z = np.zeros((k, n))
    w = np.empty_like(m)
    w[:] = 1.0
    for i in range(n):
        for j in range(k):
            y[i, j] = z[j, i] + m[i, j]
    return y + w, m.size, m.ndim, m.T.shape[0], len(m)


# Arrays


@construct((X,))
def indexing(x):
    y = x.copy()
    y[1:3] = x[:2]
    y[::2] += 1.0
    y[-1] *= 3
    m = np.ones((4, 4))
    m[1, :] = y
    m[:, 2] -= x
    m[1:3, 1:] *= 0.5
    return y, m, m[..., 0], m[2], y[np.array([0, 2])], y[y > 0]


@construct((X,))
def aliases(x):
    y = x
    z = x[1:]
    y[1] = 5.0
    z += 1.0
    return x


@construct((M,))
def methods(m):
    a = m.sum() + m.mean() + m.max() - m.min() + m.std() + m.prod()
    b = m.reshape(4, 3).T + m.reshape((4, 3)).transpose()[0, 0]
    c = m.ravel()[2] + m.flatten()[3] + m.T.copy()[1, 2] + m[0].dot(m[1])
    d = m.astype(np.float32) + m[0, 1:2].copy().reshape(()).item()
    e = m[2].copy()
    e.sort()
    a += e[1] + m.astype(np.float64)[0, 0]
    d.fill(2.0)
    return a, b, c, m.sum(axis=0), m.cumsum(), d


@construct((X, 4), (X, 1))
def buffer_swap(x, n):
    old, new = x.copy(), np.empty_like(x)
    for _ in range(n):
        for i in range(len(x)):
            new[i] = 0.5 * old[i] + 0.1
        old, new = new, old
    return old


@construct((X,))
def out_argument(x):
    y = np.empty_like(x)
    np.sin(x, y)
    z = np.multiply(x, y, out=y)
    np.add(z, z, y)
    m = np.empty((2, 4))
    np.multiply(x, 2.0, out=m)
    w = np.empty(2)
    np.dot(m, x, w)
    return y, z, m, w


@construct((1.5 + 0.5j,))
def complex_parts(z):
    w = z * z.conjugate() + complex(1.0, 2.0)
    return w.real + w.imag + abs(z), np.conj(w)


# Names and numbers


@construct((2,))
def captured(n):
    return captured_scale(TABLE[n]) + WEIGHTS[1] + math.pi + np.e


@nb.njit
def captured_scale(v):
    return v * SCALE


@construct((3, 2.0))
def int_and_float(n, a):
    s = 0
    for i in range(n):
        s = s + a if i > 0 else s
    k = n // 2 + n % 2
    k += 1
    return s * k, n / 2, float(n), int(a * 1.7), round(a), n**2, a**n, -n, min(n, a), max(1.0, a), divmod(n, 2)


@construct((2.0,))
def words_as_names(lambda_):
    print_ = lambda_ * 2
    list = print_ + 1  # noqa: A001
    np_ = list * 2
    return np_


@construct((2.7,))
def conversions(a):
    b = np.float32(a)
    c = nb.float64(3)
    return float(b) + c + np.int64(a) + bool(a)


# Calls


@nb.njit
def power(a, n=2, offset=1.0):
    y = offset
    for _ in range(n):
        y *= a
    return y


@nb.njit
def total(*values):
    s = 0.0
    for v in values:
        s += v
    return s


@nb.njit
def pair(a, b):
    if a > b:
        return b, a
    return a, b


@nb.njit("float32(float32)")
def single(a):
    return a * nb.float32(0.1)


@register_jitable
def jitable(a, b):
    return a - b if a > b else b * 2


@nb.njit
def checked(a):
    if a < 0:
        raise ValueError("negative")
    return math.sqrt(a)


@construct((1.5, 0.5), (0.5, 1.5))
def calls(a, b):
    s = power(a) + power(b, 3) + power(n=1, a=a, offset=2.0) + total(a, b, 1.0) + total(*(a, b))
    lo, hi = pair(a, b)
    for i in range(2):
        lo, hi = pair(hi * i, lo)
    return s + lo * 2 + hi, jitable(a, b), single(a), checked(a) + checked(b)


@construct((1.5,))
def closures(a):
    c = a * 2

    def inner(x):
        return x * c + a

    def outer(x):
        return inner(x) + 1

    twice = lambda x: 2 * x  # noqa: E731
    return outer(a) + twice(inner(1.0))


@nb.njit
def apply(f, a):
    return f(a) + f(a + 1)


@construct((1.5,))
def function_values(a):
    return apply(x_squared, a) + apply(captured_scale, a)


@construct((x_squared, 2.0))
def function_argument(f, a):
    return apply(f, a) + f(a)


@construct((X, 2.0))
def writes_in_callee(x, a):
    y = x.copy()
    scale_in_place(y, a)
    scale_in_place(x, 3.0)
    return y


@nb.njit
def scale_in_place(y, a):
    for i in range(y.shape[0]):
        y[i] *= a


@construct((2.0, None), (2.0, 3.0))
def none_argument(a, b):
    if b is None:
        return a
    return a * b


@construct((1.0,))
def returns_nothing(a):
    b = a + 1  # noqa: F841


@construct((X,))
def prints(x):
    print("value", x[0])
    return x[0]
