"""Where a call has no derivative, or one that a plain formula gets wrong; and the second order of pullbacks."""

import numpy as np
import pytest

import dualad as ad
from dualad.rules.arrays import PULLBACK_OF
from tests.rules.pullback_cases import some
from tests.rules.pullback_oracle import jitted, pulled

inf, nan = np.inf, np.nan


def gradient(call, *args, position=0, y_bar=1.0):
    entry = PULLBACK_OF[call]
    bound = entry.bind(tuple(np.array(x, float) if isinstance(x, list) else x for x in args))
    y = call(*bound.values()) if call is not np.sort else np.sort(bound["a"])
    return pulled(entry, bound, list(bound)[position], y, [np.zeros(np.shape(y)) + y_bar if np.ndim(y) else y_bar])


POINTS = [
    (np.max, ([1, 1, 0],), [0.5, 0.5, 0]),
    (np.min, ([[2, 1], [1, 1]],), np.array([[0, 1], [1, 1]]) / 3),
    (np.max, ([1, nan, nan],), [0, 1, 0]),
    (np.ptp, ([1, 1, 0],), [0.5, 0.5, -1]),
    (np.ptp, ([1, 1],), [0, 0]),
    (np.nanmax, ([1, nan, 1],), [0.5, 0, 0.5]),
    (np.prod, ([2, 0, 3],), [0, 6, 0]),
    (np.prod, ([0, 0, 3],), [0, 0, 0]),
    (np.nanprod, ([2, nan, 0],), [0, 0, 2]),
    (np.std, ([3, 3, 3],), [0, 0, 0]),
    (np.nanstd, ([3, nan, 3],), [0, 0, 0]),
    (np.linalg.norm, ([0, 0],), [0, 0]),
    (np.linalg.norm, ([[0, 0], [0, 0]],), [[0, 0], [0, 0]]),
    (np.linalg.norm, ([0, 2], 1), [0, 1]),
    (np.linalg.norm, ([-2, 2], inf), [-0.5, 0.5]),
    (np.linalg.norm, ([0, 0], inf), [0, 0]),
    (np.linalg.norm, ([0, 4], 0.5), [0, 1]),
    (np.linalg.norm, ([[1, 2], [3, 0]], inf), [[0.5, 0.5], [0.5, 0]]),
    (np.linalg.det, ([[1, 2], [2, 4]],), [[4, -2], [-2, 1]]),
    (np.linalg.det, ([[0, 0], [0, 0]],), [[0, 0], [0, 0]]),
    (np.linalg.det, ([[0]],), [[1]]),
    (np.median, ([1, 1, 1],), [0, 1, 0]),
    (np.median, ([2, 1, 1, 3],), [0.5, 0, 0.5, 0]),
    (np.percentile, ([3, 1, 2], 100.0), [1, 0, 0]),
    (np.percentile, ([3, 1, 2], 50.0), [0, 0, 1]),
    (np.percentile, ([3], 30.0), [1]),
    (np.nanpercentile, ([3, nan, 2], 25.0), [0.25, 0, 0.75]),
    (np.interp, (1.0, [0, 1, 2], [0, 1, 5]), 4),
    (np.interp, (2.0, [0, 1, 2], [0, 1, 5]), 4),
    (np.interp, (2.5, [0, 1, 2], [0, 1, 5]), 0),
    (np.interp, (0.0, [0, 1, 2], [0, 1, 5]), 1),
    (np.interp, (nan, [0, 1, 2], [0, 1, 5]), 1),
    (np.interp, ([nan, 0.5], [0, 1, 2], [0, 1, 5]), [1, 1]),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("call", "args", "expected"), POINTS)
def test_convention(call, args, expected):
    np.testing.assert_allclose(gradient(call, *args), expected, rtol=1e-13, atol=1e-15)


def test_cumprod_with_zeros():
    np.testing.assert_array_equal(gradient(np.cumprod, [2, 0, 3], y_bar=[1.0, 10.0, 100.0]), [1, 620, 0])


def test_a_sort_is_stable():
    np.testing.assert_array_equal(gradient(np.sort, [2, 1, 1, 2], y_bar=[1.0, 2.0, 3.0, 4.0]), [3, 1, 2, 4])


def test_knots_at_their_ends():
    for x, expected in ((-1.0, [1, 0, 0]), (1.0, [0, 1, 0]), (2.0, [0, 0, 1]), (7.0, [0, 0, 1])):
        np.testing.assert_allclose(gradient(np.interp, x, [0, 1, 2], [0, 1, 5], position=2), expected, atol=1e-15)


@pytest.mark.full
@pytest.mark.parametrize(("call", "args", "expected"), POINTS)
def test_forward_mode_agrees(call, args, expected):
    """Forward mode at the same points, where it knows the call."""
    if call in (np.linalg.det,):
        pytest.skip("no forward mode")
    given = tuple(np.array(x, float) if isinstance(x, list) else x for x in args)
    names = ", ".join("abc"[: len(given)])
    space = {"call": call, "np": np}
    exec(f"def f({names}): return np.sum(call({names}))", space)
    np.testing.assert_allclose(ad.grad(space["f"], mode="forward")(*given), expected, rtol=1e-13, atol=0)


# second order: dual numbers through the pullback, against complex steps of it

SECOND = [
    (np.prod, (np.array([2.0, 0.0, 3.0]),)),
    (np.prod, (some(2, 2),)),
    (np.cumprod, (np.array([2.0, 0.0, 3.0]),)),
    (np.var, (some(3),)),
    (np.std, (some(3),)),
    (np.dot, (some(3, 2), some(2))),
    (np.dot, (some(2, 2), some(2, 3))),
    (np.outer, (some(2), some(2))),
    (np.linalg.norm, (some(3),)),
    (np.interp, (0.7, np.array([0.0, 0.5, 1.5]), some(3))),
    (np.trapezoid, (some(3), np.array([0.0, 0.5, 2.0]))),
]


@pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")
@pytest.mark.parametrize(
    ("call", "args"), [pytest.param(*x, marks=[] if x is SECOND[0] else pytest.mark.full) for x in SECOND]
)
def test_numbers_flow_through_a_pullback(call, args):
    """The derivative, by the first argument, of what flows into each argument."""
    entry = PULLBACK_OF[call]
    y = call(*args)
    y_bar = np.random.default_rng(4).normal(size=np.shape(y)) if np.ndim(y) else 0.7
    for name in [n for n, x in zip(entry.bind(args), args) if n in entry.parts]:
        part = entry.part(name, is_array=isinstance(entry.bind(args)[name], np.ndarray))
        if not part.adds:
            continue
        names = list(entry.bind(args))
        source = (
            f"def flow({', '.join(names)}, y_bar, bar):\n"
            f"    y = call({', '.join(names[: len(args)])})\n"
            f"    {name}_bar = bar.copy()\n"
            f"    function({', '.join(part.needs)})\n"
            f"    return {name}_bar\n"
        )
        space = {"call": call, "function": jitted(part.function)}
        exec(source, space)
        given = list(entry.bind(args).values())
        bar = np.zeros(np.shape(given[names.index(name)]))
        jacobian = ad.jacfwd(space["flow"])(*given, y_bar, bar)
        plain = dict(space, function=part.function)
        if call in (np.linalg.norm, np.var, np.std):  # conjugates stop a complex step

            def at(x):
                exec(source, plain)
                return plain["flow"](x, *given[1:], y_bar, bar)

            h = 1e-5
            expected = [(at(given[0] + h * u) - at(given[0] - h * u)) / (2 * h) for u in np.eye(len(given[0]))]
            np.testing.assert_allclose(jacobian, np.moveaxis(expected, 0, -1), rtol=1e-8, atol=1e-8)
            continue
        exec(source, plain)
        first = np.asarray(given[0])
        for index in np.ndindex(first.shape):
            moved = first.astype(complex)
            moved[index] += 1e-30j
            wide = plain["flow"](moved[()] if first.ndim == 0 else moved, *given[1:], y_bar + 0j, bar.astype(complex))
            np.testing.assert_allclose(jacobian[(..., *index)], wide.imag / 1e-30, rtol=1e-12, atol=1e-13)
