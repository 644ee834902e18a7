"""Pullbacks of NumPy calls against complex steps and differences of the calls, in plain Python and compiled."""

import numpy as np
import pytest

from dualad.rules.arrays import INDEXED, PULLBACK_OF, PULLBACKS
from tests import sampling
from tests.rules.pullback_cases import CASES, Case, some
from tests.rules.pullback_oracle import (
    TOLERANCE,
    cotangents,
    derivative,
    entry_of,
    is_float,
    jitted,
    leaves,
    pulled,
    strided,
)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)

#: Entries of whose compiled pullbacks every sixth is tested in every run; compiling all of them takes minutes.
CORE = "sum mean prod cumsum cumprod var max sort dot outer trace diag append full linspace solve norm nanmean".split()


def check(case, args, compiled):
    entry = entry_of(case)
    bound = entry.bind(args)
    y = case.call(*args)
    y_bars = cotangents(y, np.random.default_rng(1))
    active = [name for name, value in zip(bound, args) if name in entry.parts and value is not None]
    assert active
    for name in active:
        expected = derivative(case, args, list(bound).index(name), y_bars)
        got = pulled(entry, bound, name, y, y_bars, compiled)
        scale = 1 + np.max(np.abs(expected), initial=0)
        np.testing.assert_allclose(got, expected, rtol=TOLERANCE[case.step], atol=TOLERANCE[case.step] * scale)


@every_case
def test_pullback(case):
    check(case, case.args, compiled=False)


@pytest.mark.parametrize("lay_out", [np.asfortranarray, strided])
@every_case
def test_pullback_of_other_layouts(case, lay_out):
    args = tuple(lay_out(x) if isinstance(x, np.ndarray) and is_float(x) else x for x in case.args)
    check(case, args, compiled=False)


@pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")
@pytest.mark.parametrize("case", sampling.some([c for c in CASES if entry_of(c).name in CORE], 6))
def test_compiled_pullback(case):
    check(case, case.args, compiled=True)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")
@pytest.mark.parametrize("case", [c for c in CASES if entry_of(c).name not in CORE], ids=lambda case: case.label)
def test_any_compiled_pullback(case):
    check(case, case.args, compiled=True)


@pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")
@pytest.mark.parametrize("lay_out", [np.asfortranarray, strided])
@pytest.mark.parametrize("call", [np.sum, np.prod, np.dot])
def test_compiled_pullback_of_other_layouts(call, lay_out):
    args = (lay_out(some(3, 2)), lay_out(some(2, 3)))[: 2 if call is np.dot else 1]
    check(Case(call, args), args, compiled=True)


@pytest.mark.parametrize("compiled", [False, True])
def test_single_precision_stays(compiled):
    a = some(2, 3).astype(np.float32)
    for call in (np.sum, np.mean, np.prod, np.max):
        part = PULLBACK_OF[call].part("a")
        bar = np.zeros_like(a)
        known = dict(a=a, axis=None, y=np.float32(call(a)), y_bar=np.float32(0.5), a_bar=bar)
        (jitted(part.function) if compiled else part.function)(*(known[n] for n in part.needs))
        expected = derivative(Case(call, (a,)), (a.astype(float),), 0, [0.5])
        np.testing.assert_allclose(bar, expected, rtol=1e-5)


# tuples of arrays

JOINS = [
    (np.concatenate, [(3,), (2,), (0,), (4,)], {}),
    (np.concatenate, [(3, 2), (1, 2)], {}),
    (np.concatenate, [(3, 2), (3, 1)], {"axis": 1}),
    (np.concatenate, [(2, 3, 2), (2, 1, 2)], {"axis": -2}),
    *((np.stack, [(2, 3)] * 3, {"axis": axis}) for axis in (0, 1, 2, -1)),
    (np.stack, [(4,)] * 2, {}),
    (np.hstack, [(3,), (2,)], {}),
    (np.hstack, [(2, 3), (2, 1)], {}),
    (np.vstack, [(3,), (3,)], {}),
    (np.vstack, [(2, 3), (1, 3)], {}),
    (np.dstack, [(3,), (3,)], {}),
    (np.dstack, [(2, 3), (2, 3)], {}),
    (np.dstack, [(2, 3, 1), (2, 3, 2)], {}),
    (np.column_stack, [(3,), (3, 2), (3,)], {}),
]


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.full)])
@pytest.mark.parametrize(("call", "shapes", "kwargs"), JOINS)
def test_join(call, shapes, kwargs, compiled):
    entry = PULLBACK_OF[call]
    members = tuple(some(*shape) for shape in shapes)
    y_bar = np.random.default_rng(2).normal(size=call(members, **kwargs).shape)
    bound = entry.bind((members,), kwargs)
    name = entry.arguments[0].name
    part = entry.part(name)
    run = jitted if compiled else lambda function: function
    place = 0
    for k, member in enumerate(members):
        bar = np.ones(member.shape)
        known = {**bound, "y_bar": y_bar, f"{name}_bar": bar, "place": place, "shape": member.shape}
        run(part.function)(*(known[n] for n in part.needs))
        place += run(entry.extent.function)(*(known[n] for n in entry.extent.needs))
        for index in np.ndindex(member.shape):  # the call is linear
            unit = [np.zeros(shape) for shape in shapes]
            unit[k][index] = 1.0
            assert bar[index] == 1.0 + np.sum(y_bar * call(tuple(unit), **kwargs))


# arrays of indices

INDICES = [
    ("integers", (5,), np.array([1, 3, 1, -1])),
    ("integers", (5, 2), np.array([1, 3, 1, -1])),
    ("integers", (5, 2), np.array([[1, 3], [0, 0]])),
    ("integers", (4,), np.zeros(0, int)),
    ("mask", (4,), np.array([True, False, True, True])),
    ("mask", (3, 2), np.array([True, False, True])),
    ("mixed", (3, 4), (slice(None), np.array([2, 0, 2]))),
    ("mixed", (3, 4), (np.array([2, 0, 2]), np.array([1, 1, 1]))),
    ("mixed", (3, 4, 2), (1, np.array([2, 0]))),
]
every_index = pytest.mark.parametrize(("kind", "shape", "index"), INDICES)
ways = pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.full)])


@ways
@every_index
def test_gather(kind, shape, index, compiled):
    part = INDEXED[kind][0].part("a")
    bar, y_bar = np.ones(shape), some(*np.zeros(shape)[index].shape)
    expected = np.ones(shape)
    np.add.at(expected, index, y_bar)
    (jitted(part.function) if compiled else part.function)(index, y_bar, bar)
    np.testing.assert_allclose(bar, expected, rtol=1e-15)


@ways
@pytest.mark.parametrize("values", ["number", "as many", "broadcast"])
@every_index
def test_scatter(kind, shape, index, values, compiled):
    """`a[index] = values` is linear in `a` and in the values."""
    entry = INDEXED[kind][1]
    chosen = np.zeros(shape)[index].shape
    shape_of_values = {"number": (), "as many": chosen, "broadcast": (1, *chosen[1:])}[values]
    a_bar = some(*shape)
    run = jitted if compiled else lambda function: function

    def written(a, values):
        result = a.copy()
        result[index] = values
        return np.sum(result * a_bar)

    def by_units(like, function):
        result = np.zeros(like)
        for place in np.ndindex(like):
            unit = np.zeros(like)
            unit[place] = 1.0
            result[place] = function(unit)
        return result

    expected_values = by_units(shape_of_values, lambda unit: written(np.zeros(shape), unit))
    expected_a = by_units(shape, lambda unit: written(unit, np.zeros(shape_of_values)))
    bar = a_bar.copy()
    part = entry.part("values", is_array=values != "number")
    known = {"index": index, "a_bar": bar, "values_bar": np.ones(shape_of_values)}
    returned = run(part.function)(*(known[n] for n in part.needs))
    np.testing.assert_allclose(returned if values == "number" else known["values_bar"] - 1, expected_values, atol=1e-14)
    run(entry.part("a").function)(index, bar)
    np.testing.assert_array_equal(bar, expected_a)


# calls that write into an argument


@ways
@pytest.mark.parametrize(
    ("name", "a", "rest"),
    [
        ("fill", some(2, 3), (2.5,)),
        ("fill_diagonal", some(3, 3), (2.5,)),
        ("fill_diagonal", some(5, 2), (some(3), True)),
        ("fill_diagonal", some(5, 2), (2.5, True)),
        ("sort_in_place", some(5), ()),
        ("sort_in_place", some(2, 4), ()),
    ],
)
def test_overwriting(name, a, rest, compiled):
    entry = PULLBACKS[name]
    run = jitted if compiled else lambda function: function

    def call(*args):
        result = args[0].copy()
        entry.calls[0](result, *args[1:])
        return result

    y_bar = np.random.default_rng(1).normal(size=a.shape)
    bound = entry.bind((a, *rest))
    bar = y_bar.copy()
    known = {**bound, "a_bar": bar}
    case = Case(call, (a, *rest), step="long")
    for position, value in enumerate(rest):
        argument = entry.arguments[position + 1].name
        if argument in entry.parts:
            part = entry.part(argument, is_array=isinstance(value, np.ndarray))
            if part.adds:
                known[f"{argument}_bar"] = np.zeros(value.shape)
            got = run(part.function)(*(known[n] for n in part.needs))
            got = known[f"{argument}_bar"] if part.adds else got
            np.testing.assert_allclose(got, derivative(case, (a, *rest), position + 1, [y_bar]), atol=1e-9)
    part = entry.part("a")
    run(part.function)(*(known[n] for n in part.needs))
    np.testing.assert_allclose(bar, derivative(case, (a, *rest), 0, [y_bar]), atol=1e-9)


# complex arrays: Re(z_bar dz) is what a real change makes of the result, the convention of JAX


def complex_some(*shape):
    return some(*shape) + 1j * some(*shape)


COMPLEX = [
    *((f, (complex_some(2, 3),)) for f in (np.sum, np.mean, np.prod, np.var, np.std, np.conj, np.imag, np.angle)),
    (np.cumsum, (complex_some(4),)),
    (np.cumprod, (complex_some(4),)),
    (np.dot, (complex_some(3, 2), complex_some(2, 3))),
    (np.dot, (complex_some(3, 2), complex_some(2))),
    (np.vdot, (complex_some(3), complex_some(3))),
    (np.outer, (complex_some(3), complex_some(2))),
    (np.correlate, (complex_some(5), complex_some(3), "full")),
    (np.correlate, (complex_some(3), complex_some(5), "same")),
    (np.convolve, (complex_some(3), complex_some(5), "same")),
    (np.linalg.norm, (complex_some(3),)),
    (np.linalg.norm, (complex_some(3), 3)),
    (np.linalg.norm, (complex_some(3, 2), 1)),
    (np.linalg.inv, (complex_some(3, 3),)),
    (np.linalg.solve, (complex_some(3, 3), complex_some(3))),
    (np.linalg.det, (complex_some(3, 3),)),
]


@pytest.mark.parametrize(("call", "args"), COMPLEX)
def test_complex_pullback(call, args):
    rng = np.random.default_rng(5)
    entry, y = PULLBACK_OF[call], call(*args)
    noise = rng.normal(size=np.shape(y)) + (1j * rng.normal(size=np.shape(y)) if np.iscomplexobj(y) else 0)
    y_bar = noise if np.ndim(y) else noise[()]
    bound = entry.bind(args)
    for position, name in enumerate(list(bound)[: len(args)]):
        if name not in entry.parts:
            continue
        direction = rng.normal(size=args[position].shape) + 1j * rng.normal(size=args[position].shape)

        def moved(t):
            changed = [*args]
            changed[position] = args[position] + t * direction
            return np.sum(y_bar * call(*changed)).real

        h = 1e-4  # fourth order
        slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
        got = np.sum(pulled(entry, bound, name, y, [y_bar]) * direction).real
        np.testing.assert_allclose(got, slope, rtol=1e-9, atol=1e-9 * np.max(np.abs(leaves(y)[0])))


def test_cholesky_of_a_hermitian_matrix():
    rng = np.random.default_rng(5)
    z = complex_some(3, 3) / 3
    a = z @ z.conj().T + 3 * np.eye(3)
    y = np.linalg.cholesky(a)
    y_bar = np.tril(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
    got = pulled(PULLBACK_OF[np.linalg.cholesky], {"a": a}, "a", y, [y_bar])
    lower = np.tril(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)), -1) + np.diag(rng.normal(size=3))
    change = lower + np.tril(lower, -1).conj().T
    h = 1e-6
    slope = np.sum(y_bar * (np.linalg.cholesky(a + h * change) - np.linalg.cholesky(a - h * change))).real / (2 * h)
    np.testing.assert_allclose(np.sum(got * lower).real, slope, rtol=1e-7)
