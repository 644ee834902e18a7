"""NumPy calls beyond the ones promised: they may be refused, but must not come out wrong."""

import numpy as np

from tests.scenarios.corpus import attack

V3 = np.array([0.3, -1.2, 2.5])
V4 = np.array([1.3, -0.2, 0.5, 2.1])
A22 = np.array([[2.0, 0.5], [0.3, 1.5]])
S22 = np.array([[2.0, 0.5], [0.5, 1.5]])


def _solve_reference(a, b):
    inverse = np.linalg.inv(a)
    return -np.einsum("ij,k->ijk", inverse, inverse @ b), inverse


@attack(A22, np.array([1.0, -2.0]), argnums=(0, 1), reference=_solve_reference)
def linear_solve(a, b):
    return np.linalg.solve(a, b)


@attack(A22, reference=lambda a: np.linalg.det(a) * np.linalg.inv(a).T)
def determinant(a):
    return np.linalg.det(a)


@attack(A22, reference=lambda a: -np.einsum("ik,lj->ijkl", np.linalg.inv(a), np.linalg.inv(a)))
def matrix_inverse(a):
    return np.linalg.inv(a)


@attack(S22, reference=lambda a: 2.0 * sum(np.linalg.eigvalsh(a)) * np.eye(2))
def squared_sum_of_eigenvalues(a):
    return np.linalg.eigvalsh(a).sum() ** 2


@attack(A22, reference=lambda a: np.linalg.norm(a) ** -1 * a)
def frobenius_norm(a):
    return np.linalg.norm(a)


@attack(V3, reference=lambda v: np.sign(v) + np.array([0.0, 0.0, 1.0]))
def other_norms(v):
    return np.linalg.norm(v, 1) + np.linalg.norm(v, np.inf)


@attack(V4)
def roll_flip_repeat(v):
    return np.roll(v, 1) * v, np.flip(v) * v, np.repeat(v, 2)


@attack(V4)
def append_and_delete(v):
    return np.append(v, v[0] * 2.0), np.delete(v, 1)


@attack(V4, full=True)
def take_and_diag(v):
    return np.take(v, np.array([1, 1, 3])), np.diag(v)


@attack(V4, full=True)
def fill_diagonal(v):
    a = np.zeros((4, 4))
    np.fill_diagonal(a, v[0])
    a[0] += v
    return a


@attack(V4, reference=lambda v: np.array([0.5, 0.0, 0.5, 0.0]), full=True)
def median(v):
    return np.median(v)


@attack(V4, reference=lambda v: np.array([0.25, 0.0, 0.75, 0.0]), full=True)
def quantile(v):
    # positions 0, 1, 2, 3 hold -0.2, 0.5, 1.3, 2.1; 1.25 of the way
    return np.quantile(v, 1.25 / 3)


@attack(V4, reference=lambda v: np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]]), full=True)
def unique_values(v):
    return np.unique(v)


@attack(V4, full=True)
def search_and_count(v):
    k = np.searchsorted(np.array([0.0, 1.0, 2.0]), v[0])
    n = np.count_nonzero(v > 0.4)
    return v[0] * k + v[1] * n


def _count_reference(k, w):
    return np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])


@attack(np.array([0, 1, 0, 2]), V4, argnums=1, reference=_count_reference, full=True)
def weighted_count(k, w):
    return np.bincount(k, weights=w)


@attack(V4, reference=lambda v: np.array([0.0, 0.0, 0.0, 0.0]), full=True)
def histogram(v):
    return np.histogram(v, bins=3)[0].sum() * 1.0 + 0.0 * v[0]


@attack(V3, V4, argnums=(0, 1), full=True)
def convolution(v, w):
    return np.convolve(v, w)


@attack(V3, V3[::-1].copy(), argnums=(0, 1), full=True)
def cross_product(v, w):
    return np.cross(v, w)


@attack(A22, A22.T.copy(), argnums=(0, 1), full=True)
def kronecker_product(a, b):
    return np.kron(a, b)


@attack(A22, full=True)
def trace_and_triangles(a):
    return np.trace(a), np.tril(a) * a, np.triu(a)


@attack(V4, full=True)
def trapezoidal_rule(v):
    return np.trapezoid(v * v, dx=0.5)


@attack(V4, full=True)
def cumulative_extremes_by_ufunc(v):
    return np.ediff1d(v), np.ptp(v)


@attack(V4, V4[::-1].copy(), reference=lambda v, w: 2 * v, full=True)
def all_close_decides(v, w):
    if np.allclose(v, w):
        return v.sum()
    return (v * v).sum()


@attack(V4, reference=lambda v: np.array([1.0, 0.0, 1.0, 1.0]), full=True)
def nan_aware_sum(v):
    w = v.copy()
    w[1] = np.nan
    return np.nansum(w)


@attack(V4, reference=lambda v: np.ones(4) / 4, full=True)
def nan_aware_mean(v):
    return np.nanmean(v)


@attack(V4, full=True)
def partial_sort(v):
    return np.sort(np.partition(v, 2)[:2]).sum()


@attack(V4, V4 * V4, reference=lambda v, w: (w - w.mean()) / 3.0, full=True)
def covariance(v, w):
    return np.cov(v, w)[0, 1]


@attack(V4, full=True)
def select_and_nonzero(v):
    index = np.nonzero(v > 0.0)[0]
    return v[index] ** 2


@attack(V4, full=True)
def axis_helpers(v):
    m = np.expand_dims(v, 0)
    return np.swapaxes(m, 0, 1) * 2.0, np.atleast_2d(v) * v


@attack(V4, full=True)
def split_arrays(v):
    parts = np.split(v, 2)
    return parts[0] * parts[1]
