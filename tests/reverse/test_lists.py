"""Lists of numbers in reverse mode: whatever changes their length is undone on their shadows."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.judge import compiled, plain


def gradient(function, *args, argnums=(0,), jitted=False):
    made = adjoint(function, tuple(map(nb.typeof, args)), argnums, with_value=False)
    return (compiled(made.function) if jitted else plain(made.function))(*args)


def check(function, x, *rest, jitted=False):
    """Against the complex step, which knows nothing of lists."""
    slope = np.imag(function(x + 1e-100j, *rest)) / 1e-100
    (found,) = gradient(function, x, *rest, jitted=jitted)
    assert abs(found - slope) <= 1e-13 * max(1.0, abs(slope))


def stack_machine(x, n):
    stack = [x, 2.0 * x]
    for i in range(n):
        if i % 3 == 2:
            b = stack.pop()
            a = stack.pop()
            stack.append(a * b + i)
        else:
            stack.append(stack[-1] * 0.5 + x)
    return stack[-1] * stack[0] + len(stack)


def appended_after_the_last_use(x, n):
    values = [x * x]
    s = values[-1]
    for i in range(n):
        values.append(x * i)
    return s * values[0]


def popped_for_nothing(x, n):
    values = [x, x * x, x**3]
    values.pop()
    values.pop(0)
    values.append(4.0)
    return values[-2] * values[1] + n


def inserted_and_popped(x, n):
    values = [x, 2.0 * x, 3.0]
    values.insert(-1, x * x)
    values.insert(100, x**3)
    values.insert(-100, 5.0 * x)
    values.insert(n, x**4)
    a = values.pop(-2)
    b = values.pop(1)
    s = 0.0
    for k in range(len(values)):
        s = s + (k + 1) * values[k]
    return s + a * b


def sliced_joined_repeated(x, n):
    a = [x * k for k in range(5)]
    b = a[1:]
    c = a[::-2] + b[-2:]
    d = c * n
    e = d.copy()
    e[0] = e[1] * x
    f = list(e)
    f += [x, x * x]
    f.extend((1.0, x))
    f.reverse()
    f.extend(f)
    return sum(f) * f[1] + d[0] * f[-1]


def written_in_place(x, n):
    a = [1.0] * n
    for i in range(n):
        a[i] += x * i
        a[i] -= x
        a[i - 1] = a[i] * a[i - 1]
    a[-1] *= x
    return a[0] * a[-1] + a[n - 2]


def made_in_a_loop(x, n):
    s = 0.0
    for i in range(n):
        row = [s]
        for j in range(i):
            row.append(row[-1] * x + j)
        if i % 2 == 1:
            row.pop()
        s = s + row[-1] * len(row) + x
    return s


def made_in_a_branch(x, n):
    s = x
    for i in range(n):
        if i % 2 == 0:
            parts = [s, x]
            parts.append(parts[0] * parts[1])
            s = parts[2] + parts[0]
        else:
            s = s * 0.5
    return s


def array_of_a_list(x, n):
    values = []
    for k in range(n):
        values.append(x**k)
    squares = np.array([v * x for v in values])
    return np.array(values)[n - 1] * squares[1] + np.asarray(values)[2]


def nested_literal(x, n):
    m = np.array([[x, 1.0], [n * x, x * x]])
    return m[0, 0] * m[1, 0] + m[1, 1]


def shorter_in_a_while_loop(x, n):
    queue = [x * k for k in range(n)]
    s = 0.0
    while len(queue) > 1:
        s = s * x + queue.pop(0)
        queue.append(s) if len(queue) % 3 == 0 and s.real < 2.0 else None
        if len(queue) > 8:
            break
    return s


LISTS = [
    stack_machine,
    appended_after_the_last_use,
    popped_for_nothing,
    inserted_and_popped,
    sliced_joined_repeated,
    written_in_place,
    made_in_a_loop,
    made_in_a_branch,
    array_of_a_list,
    nested_literal,
]


@pytest.mark.parametrize("function", LISTS, ids=lambda f: f.__name__)
def test_slope(function):
    check(function, 0.7, 4)


@pytest.mark.parametrize("function", [stack_machine, made_in_a_loop], ids=lambda f: f.__name__)
def test_compiled(function):
    check(function, 0.7, 5, jitted=True)


@pytest.mark.full
@pytest.mark.parametrize("function", LISTS, ids=lambda f: f.__name__)
def test_all_compiled(function):
    check(function, 0.7, 4, jitted=True)


def test_complex_elements():
    def function(x):
        values = [1j * x]
        values.append(values[0] * values[0] + x)
        values[0] = values[1] * 2j
        return abs(sum(values)) + values.pop().real

    check_real = gradient(function, 0.6)[0]
    h = 1e-6
    assert abs(check_real - (function(0.6 + h) - function(0.6 - h)) / (2 * h)) < 1e-8


def test_reverse_over_reverse():
    def function(x):
        values = [x]
        for k in range(3):
            values.append(values[-1] * x + k)
        return values.pop() * values[1]

    # ((x**2 * x + 1) * x + 2) * x**2 = x**6 + x**3 + 2 x**2
    first = adjoint(function, (nb.float64,), (0,), with_value=False).function
    (second,) = gradient(plainly(first), 0.8)
    assert abs(second - (30 * 0.8**4 + 6 * 0.8 + 4)) < 1e-12


def plainly(function):
    """A function of one number from one that returns a tuple of one."""
    inner = nb.njit(function)

    def only(x):
        return inner(x)[0]

    return only


def test_forward_over_reverse():
    first = adjoint(stack_machine, (nb.float64, nb.int64), (0,), with_value=False).function
    inner = nb.njit(first)
    (second,) = ad.derivative(nb.njit(lambda x: inner(x, 5)))(0.7)
    h = 1e-5
    slopes = [gradient(stack_machine, 0.7 + d, 5)[0] for d in (h, -h)]
    assert abs(second - (slopes[0] - slopes[1]) / (2 * h)) < 1e-6 * abs(second)


def returned(x):
    return [x, 2.0 * x]


def second_name(x, n):
    a = [x]
    if n > 2:
        b = a
    else:
        b = [2.0 * x]
    b.append(x)
    return a[-1] + b[0]


def of_tuples(x):
    path = [(0.0, x)]
    return path[0][1]


def of_lists(x):
    rows = [[x], [2.0 * x]]
    return rows[0][0]


def sorted_values(x):
    values = [x, 0.5]
    values.sort()
    return values[0]


def largest(x):
    values = [x, 0.5 * x]
    return max(values)


def part_assigned(x):
    values = [x, 0.5, 2.0]
    values[0:2] = [x * x, x]
    return values[0]


def cleared(x):
    values = [x]
    values.clear()
    values.append(x)
    return values[0]


def started_sum(x):
    return sum([x, x], x)


REFUSED = [
    (second_name, (1.0, 3), "second name"),
    (of_tuples, (1.0,), "list of tuples"),
    (of_lists, (1.0,), "list of lists"),
    (sorted_values, (1.0,), "`sort`"),
    (largest, (1.0,), "`max`"),
    (part_assigned, (1.0,), "`setitem`"),
    (cleared, (1.0,), "`clear`"),
    (started_sum, (1.0,), "`sum`"),
]


@pytest.mark.parametrize("function, args, message", REFUSED, ids=lambda f: getattr(f, "__name__", ""))
def test_refused(function, args, message):
    with pytest.raises(ad.errors.UnsupportedError, match=message):
        gradient(function, *args)


def test_returned_list_is_refused():
    with pytest.raises(ad.errors.UnsupportedError, match="argument or a result"):
        adjoint(returned, (nb.float64,), (0,), seeded=True)
