"""Compact elements of seeded inputs: for what a function only reads, and never where it does more than that.

What cannot be done with them is done with ordinary numbers, so every program here is right; which ones are compact is known.
"""

import numpy as np
import pytest

import dualad as ad
from tests.sampling import some

POINT = np.array([1.5, 0.5, 2.0, -1.0, 3.0, 0.25])


def elements(y):
    out = np.empty(y.size)
    for i in range(y.size):
        out[i] = y[i] * y[i - 1]
    return out


def views(y):
    grid, back, beside = y.reshape((2, 3)), y[::-1], y[1:]
    out = np.zeros(5)
    for i in range(5):
        out[i] = grid.T[i % 3, i % 2] * back[i] - beside[i]
    return out


def kept_in_variables(y):
    low = y[0]
    for i in range(y.size):
        if y[i] < low:
            low = y[i]
    high = -low if low > 5.0 else y[2]
    high = high + abs(y[1])
    return np.array([low * high, low, high])


def by_another_function(y):
    def scaled(x, i):
        return x[i] if i % 2 else 3.0 * x[i]

    out = np.empty_like(POINT)
    for i in range(y.size):
        out[i] = scaled(y, i)
    return out


def expressions(y):
    return np.sin(y[1:]) * y[:-1]


def reductions(y):
    return np.array([y.sum(), np.max(y), np.prod(y[:3]), np.dot(y, y), np.linalg.norm(y)])


def matrix_products(y):
    grid = y.reshape((2, 3))
    return np.dot(grid, grid.T).reshape(-1) * (grid @ y[:3])[0]


def product_into(y):
    out = np.zeros(2) * y[0]
    np.dot(y.reshape((2, 3)), y[:3], out)
    return out


def copies(y):
    z = y.copy()
    z[0] = z[1] * 2.0
    return z


def like_it(y):
    z = np.zeros_like(y)
    z[2] = y[0] ** 2
    return z


def zeros_like_it(y):
    z = np.zeros_like(y)
    return np.array([z[0] + y[0], z[5], y[5] + z[0]])


def in_lists(y):
    values = [y[0], y[1]]
    values.append(y[2] * y[3])
    return np.array([values[0] * values[1], values[2]])


def in_tuples(y):
    pair = (y[0], y[1])
    pair = (pair[1], pair[0] * 2.0)
    return np.array([pair[0] * pair[1], pair[1]])


def one_by_one(y):
    out = np.empty(y.size)
    for i, value in enumerate(y):
        out[i] = value * value
    return out


def by_mask_and_index(y):
    return y[y > 0.4] * y[np.array([0, 1, 2, 4])][0]


def sorted_values(y):
    return np.sort(y)[:3] * y[0]


def the_input_itself(y):
    return y


def a_view_of_it(y):
    return y[::2]


def one_element(y):
    return y[3]


def its_pieces(y):
    return y[0], y[1:3], y[2] * y[3]


def joined(y):
    return np.concatenate((y[:2], y[4:])) * 2.0


def written(y):
    y[0] = y[1] * y[2]
    return y * 1.0


def iterators(y):
    out = np.empty(y.size)
    for index, value in np.ndenumerate(y):
        out[index[0]] = value**2
    return out


def whole_numbers_of_it(y):
    out = np.zeros(4)
    out[int(abs(y[3]))] = y[0] * round(y[4]) + float(y[1])
    return out


COMPACT = [
    elements, views, kept_in_variables, by_another_function, expressions, reductions, zeros_like_it, in_tuples, one_by_one,
    iterators, whole_numbers_of_it,
]  # fmt: skip
ORDINARY = [
    matrix_products, product_into, copies, a_view_of_it, like_it, in_lists, by_mask_and_index, sorted_values, the_input_itself,
    one_element, its_pieces, joined, written,
]  # fmt: skip


def dense(blocks, columns):
    return np.concatenate(
        [np.reshape(block, (-1, columns)) for block in (blocks if isinstance(blocks, tuple) else (blocks,))]
    )


@pytest.mark.parametrize("function", some([*COMPACT, *ORDINARY], 6))
def test_the_matrix_is_that_of_reverse_mode(function):
    sparse = ad.jacobian(function, sparsity="auto", mode="forward")
    expected = dense(ad.jacrev(function)(POINT.copy()), POINT.size)
    np.testing.assert_allclose(sparse(POINT.copy()).toarray(), expected, rtol=1e-15)
    assert ("put_compact" in sparse.source(POINT.copy())) == (function in COMPACT)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("chunk", [1, 2, 8])
def test_any_precision_and_chunk(dtype, chunk):
    sparse = ad.jacobian(elements, sparsity="auto", mode="forward", chunk=chunk)
    found, y = sparse(POINT.astype(dtype)), POINT.astype(dtype)
    assert "put_compact" in sparse.source(y)
    assert found.dtype == dtype
    expected = np.diag(np.roll(y, 1)) + np.roll(np.diag(y), -1, axis=1)
    np.testing.assert_array_equal(found.toarray(), expected)


def stirred(state, weights, out):
    for i in range(state.shape[0]):
        for j in range(state.shape[1]):
            out[i, j] = weights[j] * state[i, j - 1] * state[i - 1, j]


def test_several_inputs_of_any_rank_and_layout():
    rng = np.random.default_rng(3)
    state, weights, out = rng.normal(size=(6, 4)), rng.normal(size=8)[::2], np.zeros((3, 4))
    sparse = ad.jacobian(stirred, (0, 1), out_argnums=2, sparsity="auto", mode="forward")
    found = sparse(state[::2], weights, out)
    assert sparse.source(state[::2], weights, out).count("put_compact") == 2
    blocks = ad.jacrev(stirred, (0, 1), out_argnums=2)(state[::2], weights, out)
    expected = np.hstack([np.reshape(block, (12, -1)) for block in blocks])
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-15)
    fill, data = sparse.refill(state[::2], weights, out), np.empty(found.nnz)
    fill(data, sparse.structure(state[::2], weights, out), state[::2], weights, out)
    np.testing.assert_array_equal(data, found.data)


def test_a_structure_is_for_one_chunk():
    structure = ad.jacobian(elements, sparsity="auto", mode="forward", chunk=2).structure(POINT)
    fill = ad.jacobian(elements, sparsity="auto", mode="forward", chunk=4).refill(POINT)
    with pytest.raises(ValueError, match="another chunk"):
        fill(np.empty(structure.indices.size), structure, POINT)
