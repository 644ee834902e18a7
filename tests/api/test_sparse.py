"""Sparse Jacobians and Hessians: right on the corpus, never with an entry missing, refilled in place, in jitted code too."""

import math
import pickle
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse
from numba import njit

import dualad as ad
from dualad.errors import ArgumentError, OutputError, SparsityError, UnsupportedError
from tests.compare import assert_close
from tests.oracle import leaves
from tests.primal import active_positions, call_primal
from tests.sampling import some
from tests.scenarios import SCENARIOS
from tests.scenarios.corpus import reference_of


def is_real(s):
    values = [*leaves(tuple(s.args()[i] for i in active_positions(s))), *leaves(call_primal(s)[0])]
    return not any(np.iscomplexobj(v) for v in values)


def as_matrix(reference, outputs, inputs):
    """Blocks of a Jacobian, in the order of outputs and inputs, as one matrix."""
    blocks = iter(leaves(reference))
    return np.block([[np.reshape(next(blocks), (np.size(y), np.size(x))) for x in inputs] for y in outputs])


@pytest.mark.parametrize("s", some([s for s in SCENARIOS if not s.full and not s.later], 40, first=1))
def test_corpus(s):
    if not is_real(s):
        pytest.skip("complex inputs or outputs are refused")
    jacobian = ad.jacobian(s.function, s.argnums, out_argnums=s.out_argnums, sparsity="auto")
    found = jacobian(*s.args())
    inputs = list(leaves(tuple(s.args()[i] for i in active_positions(s))))
    outputs = list(leaves(call_primal(s)[0]))
    expected = as_matrix(reference_of(s, s.args()), outputs, inputs)
    assert_close(found.toarray(), expected, s.tolerance, s.name)
    pattern = jacobian.pattern(*s.args()).toarray()
    assert not np.any(expected[~pattern])


def brusselator(y, n, dy):
    """Two species on a periodic grid; the right-hand side is written into `dy`."""
    u, v = y[: n * n].reshape((n, n)), y[n * n :].reshape((n, n))
    du, dv = dy[: n * n].reshape((n, n)), dy[n * n :].reshape((n, n))
    for i in range(n):
        for j in range(n):
            east, west, north, south = (i + 1) % n, (i - 1) % n, (j + 1) % n, (j - 1) % n
            reaction = u[i, j] * u[i, j] * v[i, j]
            spread = u[east, j] + u[west, j] + u[i, north] + u[i, south] - 4.0 * u[i, j]
            du[i, j] = 1.0 + reaction - 4.4 * u[i, j] + 0.1 * spread
            spread = v[east, j] + v[west, j] + v[i, north] + v[i, south] - 4.0 * v[i, j]
            dv[i, j] = 3.4 * u[i, j] - reaction + 0.1 * spread


def brusselator_jacobian(y, n):
    """Closed form, by Kronecker products."""
    ring = scipy.sparse.diags_array([np.ones(n - 1)] * 2, offsets=[-1, 1]).tolil()
    ring[0, n - 1] = ring[n - 1, 0] = 1.0
    eye = scipy.sparse.eye_array(n)
    laplace = scipy.sparse.kron(ring, eye) + scipy.sparse.kron(eye, ring) - 4.0 * scipy.sparse.eye_array(n * n)
    u, v = y[: n * n], y[n * n :]
    d = scipy.sparse.diags_array
    return scipy.sparse.block_array(
        [
            [d(2 * u * v) - 4.4 * scipy.sparse.eye_array(n * n) + 0.1 * laplace, d(u * u)],
            [3.4 * scipy.sparse.eye_array(n * n) - d(2 * u * v), 0.1 * laplace - d(u * u)],
        ]
    )


JACOBIAN = ad.jacobian(brusselator, out_argnums=2, sparsity="auto")


@pytest.mark.parametrize("n", [3, 5, 16, 60])
def test_brusselator_has_the_pattern_and_the_values_of_its_closed_form(n):
    y = np.random.default_rng(n).uniform(0.5, 2.0, 2 * n * n)
    found = JACOBIAN(y, n, np.zeros_like(y))
    expected = brusselator_jacobian(y, n).tocsc()
    assert abs(found - expected).max() < 1e-14
    assert found.nnz == expected.nnz
    assert found.has_canonical_format


def test_a_matrix_is_refilled_in_place_and_others_are_refused():
    n = 6
    y = np.random.default_rng(1).uniform(0.5, 2.0, 2 * n * n)
    matrix = JACOBIAN(y, n, np.zeros_like(y))
    assert JACOBIAN(2.0 * y, n, np.zeros_like(y), out=matrix) is matrix
    assert abs(matrix - brusselator_jacobian(2.0 * y, n)).max() < 1e-13
    triple = matrix.data, matrix.indices, matrix.indptr
    assert JACOBIAN(y, n, np.zeros_like(y), out=triple) is triple
    assert abs(matrix - brusselator_jacobian(y, n)).max() < 1e-14
    with pytest.raises(ArgumentError, match="out"):
        JACOBIAN(y, n, np.zeros_like(y), out=scipy.sparse.csc_array(np.eye(2 * n * n)))
    for wrong in (
        np.zeros((2, 2)),
        triple[:2],
        (list(triple[0]), *triple[1:]),
        (triple[0][:-1], *triple[1:]),
        None.__class__,
    ):
        with pytest.raises(ArgumentError, match="out"):
            JACOBIAN(y, n, np.zeros_like(y), out=wrong)
    for data, words in ((np.zeros(matrix.nnz, int), "float"), (np.zeros(2 * matrix.nnz)[::2], "contiguous")):
        with pytest.raises(ArgumentError, match=words):
            JACOBIAN(y, n, np.zeros_like(y), out=(data, *triple[1:]))
    # what a user does to a matrix does not reach the next one
    matrix.data[:] = 0.0
    matrix.eliminate_zeros()
    assert abs(JACOBIAN(y, n, np.zeros_like(y)) - brusselator_jacobian(y, n)).max() < 1e-14


def test_every_matrix_is_what_scipy_makes_of_its_arrays_and_has_them_alone():
    n = 6
    y = np.random.default_rng(2).uniform(0.5, 2.0, 2 * n * n)
    expected = brusselator_jacobian(y, n)
    jacobian = ad.jacobian(brusselator, out_argnums=2, sparsity="auto")
    matrices = [jacobian(y, n, np.zeros_like(y)) for _ in range(3)]
    arrays = [getattr(m, name) for m in matrices for name in ("data", "indices", "indptr")]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])
    for found in matrices:
        made = scipy.sparse.csc_array((found.data, found.indices, found.indptr), shape=found.shape)
        assert made.has_canonical_format  # which SciPy looks up, and notes
        assert type(found) is type(made) and vars(found).keys() == vars(made).keys()
        assert (found.shape, found.dtype, found.nnz) == (made.shape, made.dtype, made.nnz)
        found.check_format(full_check=True)
        for other in (pickle.loads(pickle.dumps(found)), found.copy(), found.T.tocsr().T, found + found - found):
            assert abs(other - expected).max() < 1e-13
        found.indices[:], found.indptr[1:] = 0, found.nnz  # the next one is not to see this
    assert jacobian.pattern(y, n, np.zeros_like(y)).dtype == bool


def test_what_is_done_to_a_matrix_of_the_arrays_of_a_structure_reaches_no_other():
    jacobian, x = ad.jacobian(lambda x: x[1:] * x[:-1], sparsity="auto"), np.array([1.0, 0.0, 3.0])
    expected = np.array([[0.0, 1.0, 0.0], [0.0, 3.0, 0.0]])
    structure, fill = jacobian.structure(x), jacobian.refill(x)
    data = np.empty(4)
    fill(data, structure, x)
    matrix = scipy.sparse.csc_array((data, structure.indices, structure.indptr), shape=(2, 3))
    assert np.array_equal(matrix.toarray(), expected)
    matrix.eliminate_zeros()  # in place, in the arrays that it was made of
    matrix.indices[:] = 1
    assert structure.indptr[-1] == 2
    for found in (jacobian(x), jacobian(x, out=jacobian(x))):
        assert np.array_equal(found.toarray(), expected) and found.nnz == 4
    assert np.array_equal(jacobian.structure(x).indptr, [0, 1, 3, 4])


def test_refilling_in_jitted_code():
    n = 5
    y = np.random.default_rng(2).uniform(0.5, 2.0, 2 * n * n)
    structure, fill = JACOBIAN.structure(y, n, np.zeros_like(y)), JACOBIAN.refill(y, n, np.zeros_like(y))

    @njit
    def largest(y, n, structure, data):
        found = np.empty(3)
        for k in range(3):
            fill(data, structure, y * (k + 1.0), n, np.zeros_like(y))
            found[k] = np.max(np.abs(data))
        return found

    expected = np.array([np.max(np.abs(brusselator_jacobian(y * k, n).toarray())) for k in (1.0, 2.0, 3.0)])
    assert_close(largest(y, n, structure, np.empty(structure.indices.size)), expected, 1e-13)
    with pytest.raises(ValueError, match="size"):
        fill(np.empty(3), structure, y, n, np.zeros_like(y))


def branching(x):
    """Which elements the outputs depend on is decided by the sign of one."""
    y = np.empty(2)
    if x[0] > 0.0:
        y[0], y[1] = x[0] * x[1], x[2]
    else:
        y[0], y[1] = x[2], x[0] ** 2
    return y


ABOVE, BELOW = np.array([1.0, 2.0, 3.0]), np.array([-1.0, 2.0, 3.0])
AT_ABOVE, AT_BELOW = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), np.array([[0.0, 0.0, 1.0], [-2.0, 0.0, 0.0]])


def test_a_pattern_that_depends_on_values_grows_and_is_never_wrong():
    jacobian = ad.jacobian(branching, sparsity="auto")
    first = jacobian(ABOVE)
    assert np.array_equal(first.toarray(), AT_ABOVE)
    assert first.nnz == 3
    with pytest.raises(SparsityError, match="out"):
        jacobian(BELOW, out=first)
    assert np.array_equal(jacobian(BELOW).toarray(), AT_BELOW)
    assert np.array_equal(jacobian(ABOVE).toarray(), AT_ABOVE)
    assert jacobian(ABOVE).nnz == 5


def test_jitted_code_checks_a_pattern_that_depends_on_values():
    jacobian = ad.jacobian(branching, sparsity="auto")
    structure, fill, data = jacobian.structure(ABOVE), jacobian.refill(ABOVE), np.empty(3)
    assert structure.checked
    fill(data, structure, ABOVE)
    assert np.array_equal(data, [2.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="pattern"):
        fill(data, structure, BELOW)


def test_jitted_code_notices_other_whole_numbers_arrays_and_shapes():
    def shifted(x, k, taken, w):
        y = np.zeros(x.size)
        for i in range(x.size - k):
            for j in range(w.size):
                if taken[i] and i + k + j < x.size:
                    y[i] += w[j] * x[i + k + j]
        return y

    jacobian, x, taken, w = ad.jacobian(shifted, sparsity="auto"), np.arange(1.0, 6.0), np.ones(5, np.bool_), np.ones(1)
    structure, fill = jacobian.structure(x, 0, taken, w), jacobian.refill(x, 0, taken, w)
    data = np.empty(5)
    fill(data, structure, x, 0, taken, 3.0 * w)
    assert np.array_equal(data, np.full(5, 3.0))
    fill(data, structure, x, 0, ~taken, w)  # fewer nonzeros have their places
    assert np.array_equal(data, np.zeros(5))
    with pytest.raises(ValueError, match="pattern"):
        fill(data, structure, x, 1, taken, w)
    with pytest.raises(ValueError, match="shape"):
        fill(data, structure, x, 0, taken, np.ones(2))

    def pair(x, k):
        return np.array([x[0] if k > 0 else x[1]])

    numbers = ad.jacobian(pair, sparsity="auto")
    structure, fill, one = numbers.structure(x, 1), numbers.refill(x, 1), np.empty(1)
    assert not structure.checked
    fill(one, structure, x, 1)
    assert one[0] == 1.0
    with pytest.raises(ValueError, match="pattern"):
        fill(one, structure, x, 0)


def test_a_list_or_an_array_that_changes_in_place_is_noticed():
    def chosen(x, places):
        y = np.zeros(2)
        for i in range(2):
            y[i] = x[places[i]]
        return y

    for places in (np.array([0, 1]), [0, 1]):
        jacobian = ad.jacobian(chosen, sparsity="auto")
        assert np.array_equal(jacobian(np.ones(3), places).toarray(), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        places[0] = 2
        assert np.array_equal(jacobian(np.ones(3), places).toarray(), [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])


def test_a_given_pattern_is_checked_unless_that_is_declined():
    pattern = AT_ABOVE != 0.0
    jacobian = ad.jacobian(branching, sparsity=pattern)
    assert np.array_equal(jacobian(ABOVE).toarray(), AT_ABOVE)
    with pytest.raises(SparsityError, match="given pattern"):
        jacobian(BELOW)
    with pytest.raises(SparsityError, match="given pattern"):
        ad.jacobian(branching, sparsity=pattern)(BELOW)
    unchecked = ad.jacobian(branching, sparsity=scipy.sparse.csc_array(pattern), verify=False)
    assert unchecked(BELOW).nnz == 3
    larger = ad.jacobian(branching, sparsity=np.ones((2, 3), bool))
    assert np.array_equal(larger(BELOW).toarray(), AT_BELOW)


def test_whole_numbers_and_floats_beside_may_change_the_pattern():
    def shifted(x, k, t):
        y = np.zeros(x.size)
        for i in range(x.size - k):
            y[i] = t * x[i + k]
        if t > 1.0:
            y[0] += x[0]
        return y

    jacobian, x = ad.jacobian(shifted, sparsity="auto"), np.arange(1.0, 6.0)
    dense = ad.jacfwd(shifted)
    for k, t in ((0, 0.5), (1, 0.5), (1, 0.0), (3, 2.0), (0, 1.0)):
        assert np.array_equal(jacobian(x, k, t).toarray(), dense(x, k, t)), (k, t)


def test_number_of_outputs_may_change():
    def first(x, k):
        return 2.0 * x[:k]

    jacobian = ad.jacobian(first, sparsity="auto")
    for k in (2, 3, 0, 2):
        assert np.array_equal(jacobian(np.ones(3), k).toarray(), 2.0 * np.eye(k, 3))


def test_floats_beside_that_steer_nothing_need_no_check(monkeypatch):
    jacobian = ad.jacobian(lambda x, t: t * x * x, sparsity="auto")
    x = np.ones(4)
    jacobian(x, 1.0)
    runs = []
    monkeypatch.setattr(jacobian._detector, "_swept", lambda *given: runs.append(given))
    assert np.array_equal(jacobian(x, 3.0).toarray(), 6.0 * np.eye(4))
    assert runs == []


def arrow(x):
    """A full row and a full column beside the diagonal."""
    y = np.zeros(x.size)
    for i in range(1, x.size):
        y[i] = x[i] ** 2 * x[0]
        y[0] += x[i] * x[0]
    return y


def test_mixed_mode_reads_full_rows_in_reverse_and_full_columns_forward():
    x = np.random.default_rng(3).uniform(1.0, 2.0, 60)
    expected = ad.jacfwd(arrow)(x)
    sweeps = {}
    for mode in ("auto", "mixed", "forward", "reverse"):
        jacobian = ad.jacobian(arrow, mode=mode, sparsity="auto")
        assert_close(jacobian(x).toarray(), expected, 1e-15, mode)
        forward, reverse = jacobian.structure(x)[2:4]
        sweeps[mode] = forward.number + reverse.number
        fill, data = jacobian.refill(x), np.empty(jacobian(x).nnz)
        fill(data, jacobian.structure(x), x)
        assert np.array_equal(data, jacobian(x).data)
    assert sweeps["auto"] <= sweeps["mixed"] <= 4
    assert sweeps["forward"] == sweeps["reverse"] == 60


def test_plans_say_what_is_done_and_why():
    x = np.ones(60)
    plan = ad.jacobian(arrow, sparsity="auto").plan(x)
    assert (plan.mode, plan.colors) == ("mixed", 3)
    assert "178 nonzeros of 60 x 60" in plan.reason
    assert "rows" in plan.reason
    plan = ad.jacobian(arrow, mode="forward", chunk=4, sparsity="auto").plan(x)
    assert (plan.mode, plan.chunk, plan.colors) == ("forward", 4, 60)
    assert "asked for" in plan.reason
    assert "15 forward sweeps" in plan.reason
    plan = ad.hessian(rosenbrock, sparsity="auto").plan(x)
    assert (plan.mode, plan.colors) == ("forward over reverse", 3)
    assert plan.cost < 100.0
    assert "depends on values" in ad.jacobian(branching, sparsity="auto").plan(ABOVE).reason
    assert (
        "depends on values"
        not in ad.jacobian(branching, sparsity=np.ones((2, 3), bool), verify=False).plan(ABOVE).reason
    )


def test_columns_where_reverse_mode_refuses_the_function():
    def clipped(x):
        y = np.clip(x, a_min=2.0, a_max=130.0)
        y[0] = np.sum(x)
        return y

    x = np.arange(1.0, 140.0)
    jacobian = ad.jacobian(clipped, sparsity="auto")
    plan = jacobian.plan(x)
    assert plan.mode == "forward"
    assert "refuses" in plan.reason
    assert_close(jacobian(x).toarray(), ad.jacfwd(clipped)(x), 1e-15)
    with pytest.raises(UnsupportedError):
        ad.jacobian(clipped, mode="mixed", sparsity="auto")(x)


class Parameters(NamedTuple):
    """Active parts of several kinds."""

    scale: float
    shifts: np.ndarray


def test_several_arguments_outputs_and_named_tuples_are_one_matrix():
    def model(p, x, n):
        y = np.empty(n)
        for i in range(n):
            y[i] = p.scale * x[i] + p.shifts[i % 2]
        return y, p.scale * x[0]

    p, x = Parameters(2.0, np.array([0.5, 0.25])), np.arange(1.0, 5.0)
    for mode in ("forward", "reverse", "mixed"):
        value, found = ad.value_and_jacobian(model, (0, 1), mode, sparsity="auto")(p, x, 4)
        assert_close(found.toarray(), as_matrix(ad.jacfwd(model, (0, 1))(p, x, 4), value, [*leaves(p), x]), 1e-15)
        assert np.array_equal(value[0], model(p, x, 4)[0])
        assert value[1] == 2.0


@pytest.mark.full
def test_results_in_any_layout():
    def model(x):
        table = np.empty((2, 3))
        for i in range(2):
            for j in range(3):
                table[i, j] = x[i] ** 2 * x[j]
        fortran, count = np.asfortranarray(table), 7
        return table.T, count, fortran, table[:, ::2], x[3] * x[0], np.array(x[1] ** 3), x[::-1], np.ones(2)

    x = np.array([0.5, -1.5, 2.0, 3.0])
    for chunk in (None, 1, 2):
        value, found = ad.value_and_jacobian(model, mode="forward", chunk=chunk, sparsity="auto")(x)
        expected, at = np.zeros((25, 4)), 0
        for entries in (
            [(i, j) for j in range(3) for i in range(2)],
            None,
            [(i, j) for i in range(2) for j in range(3)],
            [(i, j) for i in range(2) for j in (0, 2)],
        ):
            for i, j in entries or ():
                expected[at, i] += 2.0 * x[i] * x[j]
                expected[at, j] += x[i] ** 2
                at += 1
            at += entries is None
        expected[at, [0, 3]] = x[3], x[0]
        expected[at + 1, 1] = 3.0 * x[1] ** 2
        expected[range(at + 2, at + 6), range(3, -1, -1)] = 1.0
        assert_close(found.toarray(), expected, 1e-15)
        assert value[1] == 7


@pytest.mark.parametrize("n", [127, 128])
def test_more_colours_than_a_byte_holds(n):
    def outer(x):
        y = x * np.sum(x)
        return y

    x = np.linspace(-1.0, 1.0, n)
    jacobian = ad.jacobian(outer, mode="forward", sparsity="auto")
    assert jacobian.plan(x).colors == n
    assert_close(jacobian(x).toarray(), np.sum(x) * np.eye(n) + x[:, np.newaxis], 1e-13)


def test_single_precision_stays():
    jacobian = ad.jacobian(lambda x: x * x, sparsity="auto")
    found = jacobian(np.arange(4, dtype=np.float32))
    assert found.dtype == np.float32
    assert np.array_equal(found.toarray(), np.diag([0.0, 2.0, 4.0, 6.0]))
    assert jacobian(np.arange(4.0)).dtype == np.float64


@pytest.mark.parametrize("n", [0, 1])
def test_few_elements(n):
    found = ad.jacobian(lambda x: 3.0 * x, sparsity="auto")(np.ones(n))
    assert found.shape == (n, n)
    assert np.array_equal(found.toarray(), 3.0 * np.eye(n))


def test_no_nonzeros():
    value, found = ad.value_and_jacobian(lambda x: np.ones(3), sparsity="auto")(np.ones(4))
    assert found.shape == (3, 4)
    assert found.nnz == 0
    assert np.array_equal(value, np.ones(3))


def test_strided_arguments_and_nan():
    x = np.arange(12.0)[::3]
    jacobian = ad.jacobian(lambda x: np.sin(x) * x[0], sparsity="auto")
    assert_close(jacobian(x).toarray(), ad.jacfwd(lambda x: np.sin(x) * x[0])(x), 1e-15)
    x = np.array([1.0, np.nan, 2.0])
    assert np.isnan(jacobian(x).toarray()[1, 1])


# Hessians


def rosenbrock(x):
    """Banded Hessian."""
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_hessian(x):
    """Closed form."""
    n = x.size
    found = np.zeros((n, n))
    i = np.arange(n - 1)
    found[i, i] += 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    found[i + 1, i + 1] += 200.0
    found[i, i + 1] = found[i + 1, i] = -400.0 * x[:-1]
    return found


def test_hessian_has_the_pattern_and_the_values_of_its_closed_form_and_is_symmetric_to_the_bit():
    hessian = ad.hessian(rosenbrock, sparsity="auto")
    for n in (2, 3, 40):
        x = np.random.default_rng(n).uniform(-1.0, 1.0, n)
        found = hessian(x)
        assert_close(found.toarray(), rosenbrock_hessian(x), 1e-14)
        assert found.nnz == 3 * n - 2
        assert abs(found - found.T).max() == 0.0
    structure, fill = hessian.structure(x), hessian.refill(x)
    data = np.empty(found.nnz)
    fill(data, structure, x)
    assert np.array_equal(data, found.data)
    assert structure.forward.number == 3  # colours, where columns that share no row would take as many


def test_hessian_of_a_function_of_which_a_row_is_full():
    def f(x):
        total = 0.0
        for i in range(1, x.size):
            total += x[0] * x[i] ** 2
        return math.sin(x[0]) + total

    x = np.random.default_rng(5).uniform(1.0, 2.0, 30)
    hessian = ad.hessian(f, sparsity="auto")
    assert_close(hessian(x).toarray(), ad.hessian(f, mode="forward")(x), 1e-14)
    assert hessian.structure(x).forward.number == 2


def test_hessian_with_a_given_half_pattern():
    n = 9
    x = np.linspace(0.0, 1.0, n)
    upper = np.eye(n, dtype=bool) | np.eye(n, k=1, dtype=bool)
    found = ad.hessian(rosenbrock, sparsity=upper)(x)
    assert_close(found.toarray(), rosenbrock_hessian(x), 1e-14)
    with pytest.raises(SparsityError):
        ad.hessian(rosenbrock, sparsity=np.eye(n, dtype=bool))(x)


# errors


def test_errors_name_what_is_wrong():
    with pytest.raises(ArgumentError, match="sparsity"):
        ad.jacobian(arrow, sparsity="banded")
    with pytest.raises(ArgumentError, match="boolean"):
        ad.jacobian(arrow, sparsity=np.ones((3, 3)))
    with pytest.raises(ArgumentError, match="4 columns"):
        ad.jacobian(arrow, sparsity=np.ones((3, 4), bool))(np.ones(3))
    with pytest.raises(SparsityError, match="rows"):
        ad.jacobian(arrow, sparsity=np.ones((2, 3), bool))(np.ones(3))
    for mode in ("forward", "reverse"):
        with pytest.raises(ValueError, match="another shape"):
            ad.jacobian(arrow, mode=mode, sparsity=np.ones((2, 3), bool), verify=False)(np.ones(3))
    with pytest.raises(ArgumentError, match="mode"):
        ad.jacobian(arrow, mode="sideways", sparsity="auto")
    with pytest.raises(ArgumentError, match="forward over reverse"):
        ad.hessian(rosenbrock, mode="forward", sparsity="auto")
    with pytest.raises(ArgumentError, match="argument"):
        ad.jacobian(arrow, sparsity="auto")(np.ones(3), 2)
    with pytest.raises((ArgumentError, OutputError), match="complex"):
        ad.jacobian(lambda x: x * 1j, sparsity="auto")(np.ones(3))
    with pytest.raises(ArgumentError, match="whole numbers"):
        ad.jacobian(arrow, sparsity="auto")(np.ones(3, int))


def test_jitted_code_that_calls_the_matrix_is_told_what_to_do_instead():
    jacobian = ad.jacobian(arrow, sparsity="auto")
    with pytest.raises(UnsupportedError, match="refill"):
        njit(lambda x: jacobian(x))(np.ones(3))


def test_without_scipy_the_three_arrays_are_returned(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.sparse", None)
    data, indices, indptr = ad.jacobian(lambda x: x[1:] * x[:-1], sparsity="auto")(np.array([1.0, 2.0, 3.0]))
    assert np.array_equal(data, [2.0, 1.0, 3.0, 2.0])
    assert np.array_equal(indices, [0, 0, 1, 1])
    assert np.array_equal(indptr, [0, 1, 3, 4])
