"""Never silently wrong: programs meant to break an adjoint come out right, run by plain Python and compiled."""

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.compare import assert_close
from tests.oracle import differentiate
from tests.reverse.judge import compiled, plain
from tests.reverse.run import check_adjoint
from tests.sampling import some
from tests.scenarios.attacks import ATTACKS, exits, names, order, subscripts

HERE = {module.__name__ for module in (exits, names, order, subscripts)}
PROGRAMS = [s for s in ATTACKS if s.function.__module__ in HERE]
# What is refused, with a part of the message; everything else must be right.
REFUSED: dict[str, str] = {}
LONG = {"a_million_iterations"}  # for a compiler only


def right_or_listed(s, jitted):
    try:
        check_adjoint(s, jitted)
    except ad.errors.UnsupportedError as refusal:
        assert s.name in REFUSED, f"{s.name} is refused, and not listed: {refusal}"
        assert REFUSED[s.name] in str(refusal)
        assert refusal.what and refusal.reason and refusal.rewrite
        return
    assert s.name not in REFUSED, f"{s.name} is listed as refused, and is not"


@pytest.mark.parametrize("s", [s for s in PROGRAMS if s.name not in LONG], ids=str)
def test_adjoint_run_by_plain_python(s):
    right_or_listed(s, jitted=False)


@pytest.mark.parametrize("s", some(PROGRAMS, 6, always=LONG))
def test_adjoint_compiled(s):
    right_or_listed(s, jitted=True)


# -- arguments that share memory: the types say nothing, so that only a check when called can see it


def pulled_back(function, args, argnums, jitted=False):
    made = adjoint(function, tuple(nb.typeof(a) for a in args), argnums, seeded=False, with_value=False)
    run = compiled(made.function) if jitted else plain(made.function)
    return run(*args)


def writes_first_reads_second(v, w):
    w[0] = 2.0 * v[1]
    return v[0] * v[1]


def reads_both(v, w):
    return (v * w).sum() * v[0]


@pytest.mark.parametrize("jitted", [False, True])
def test_one_array_given_twice_and_only_read(jitted):
    v = np.array([0.5, 3.0])
    first, second = pulled_back(reads_both, (v, v), (0, 1), jitted)
    # by each argument alone, the other one fixed
    assert_close(first, np.array([0.5 * 0.5 + 9.25, 3.0 * 0.5]), 1e-14)
    assert_close(second, np.array([0.5 * 0.5, 3.0 * 0.5]), 1e-14)


@pytest.mark.parametrize(
    ("w", "expected"),
    # w[0] is v[0], which is overwritten by 2 v[1]; in the reversed view it is v[1]
    [(slice(None), [0.0, 12.0]), (slice(0, 1), [0.0, 12.0]), (slice(None, None, -1), [6.0, 1.0])],
    ids=["same", "part", "reversed"],
)
def test_written_argument_that_overlaps_the_active_one(w, expected):
    """Handled, or refused when called; the gradient is by the memory that both share."""
    v = np.array([0.5, 3.0])
    gradient = ad.grad(writes_first_reads_second, mode="reverse")
    try:
        actual = gradient(v, v[w])
    except ad.errors.UnsupportedError:
        return
    assert_close(actual, np.array(expected), 1e-14)


def test_arguments_are_left_as_the_program_leaves_them():
    """A derivative function must not damage what `f` itself would not."""

    def reader(x, y):
        z = x.copy()
        for i in range(3):
            z[i] = z[i] * y[i - 1]
        return z.sum()

    x, y = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25, 2.0])
    before = x.copy(), y.copy()
    pulled_back(reader, (x, y), (0, 1))
    assert np.array_equal(x, before[0])
    assert np.array_equal(y, before[1])


def test_gradients_of_two_calls_do_not_share_memory():
    def program(x):
        return (x * x).sum()

    made = adjoint(program, (nb.typeof(np.zeros(2)),), (0,), seeded=False, with_value=False)
    run = nb.njit(made.function)
    first = run(np.array([1.0, 2.0]))[0]
    run(np.array([5.0, 6.0]))
    assert_close(first, np.array([2.0, 4.0]), 1e-15)


def test_seed_arrays_are_not_changed_and_not_returned():
    def program(x):
        x[0] = x[1] * x[2]
        return x

    seed, x = np.array([1.0, 2.0, 4.0]), np.array([0.5, 3.0, -1.0])
    made = adjoint(program, (nb.typeof(x),), (0,), seeded=True, with_value=False)
    (x_bar,) = plain(made.function)(x.copy(), seed)
    assert_close(x_bar, np.array([0.0, -1.0 + 2.0, 3.0 + 4.0]), 1e-15)
    assert np.array_equal(seed, np.array([1.0, 2.0, 4.0]))
    assert not np.shares_memory(x_bar, seed)


def _chain(depth):
    """`depth` functions, each calling the next twice with the same names."""
    space = {"nb": nb, "np": np}
    exec("@nb.njit\ndef g0(x, s):\n    x = np.sin(x) * s\n    return x", space)
    for k in range(1, depth):
        exec(f"@nb.njit\ndef g{k}(x, s):\n    s = g{k - 1}(x, s)\n    x = g{k - 1}(s, x)\n    return x * s", space)
    return space[f"g{depth - 1}"]


def test_deep_calls_with_the_same_names():
    function = _chain(5)
    expected = differentiate(function, (0.7, 0.9), (0, 1))[1]
    assert_close(pulled_back(function, (0.7, 0.9), (0, 1)), expected, 1e-12)
