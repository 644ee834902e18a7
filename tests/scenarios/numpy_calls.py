"""NumPy's functions on active arrays: elementwise, reductions, products, selection, shape."""

import numpy as np

from tests.scenarios.corpus import scenario

V3 = np.array([0.3, -1.2, 2.5])
W3 = np.array([0.6, 1.4, 0.2])
V6 = np.array([0.3, -1.2, 2.5, 0.75, -0.4, 1.1])
M23 = np.array([[0.3, -1.2, 2.5], [0.75, -0.4, 1.1]])
S33 = np.array([[0.5, 1.0, -0.3], [0.2, -0.7, 2.0], [1.1, 0.4, 0.9]])
NAN = float("nan")


@scenario(W3, second_order=True)
def elementwise_functions(v):
    a = np.sin(v) + np.cos(v) * np.tan(v) + np.exp(v) * np.log(v) + np.sqrt(v) / np.tanh(v)
    b = np.arcsin(v / 2) + np.arccos(v / 2) + np.arctan(v) + np.sinh(v) * np.cosh(v) + np.arcsinh(v)
    c = np.arccosh(v + 1) + np.arctanh(v / 2) + np.expm1(v) + np.log1p(v) + np.log2(v) + np.log10(v) + np.exp2(v)
    return (a * b + c).sum()


@scenario(W3, V3, argnums=(0, 1), second_order=True)
def elementwise_functions_of_two(v, w):
    return (
        np.arctan2(v, w)
        + np.hypot(v, w)
        + np.power(v, w)
        + np.maximum(v, w)
        + np.minimum(v, w)
        + np.logaddexp(v, w)
        + np.copysign(v, w)
    ).sum()


@scenario(W3, full=True)
def more_elementwise_functions(v):
    return (
        (np.square(v) + np.reciprocal(v) + np.cbrt(v) + np.abs(-v) + np.negative(v) + np.deg2rad(v) + np.rad2deg(v))
        * np.sign(v)
        + np.floor(v)
        + np.ceil(v) * v
    )


@scenario(1.3, full=True)
def elementwise_functions_of_scalars(x):
    return (
        np.sin(x) + np.sqrt(x) * np.exp(x) + np.maximum(x, 0.5) + np.minimum(x, 2.0) + np.absolute(x) + np.power(x, 2)
    )


@scenario(V3, W3, argnums=(0, 1))
def broadcasting(v, w):
    return v[:, None] * w[None, :] + v - 2.0 * w[:, None]


@scenario(M23, V3, argnums=(0, 1), full=True)
def broadcasting_rows(m, v):
    return m * v + m[:, :1] - v / m


@scenario(np.array([[1.5]]), V3, argnums=(0, 1))
def broadcasting_axis_of_size_one_known_at_run_time(m, v):
    return m * v, v + m[0]


@scenario(V3)
def ufunc_with_out(v):
    out = np.empty(3)
    np.sin(v, out)
    np.multiply(out, v, out)
    np.add(out, 1.0, out)
    return out


@scenario(V6)
def reductions(v):
    return v.sum() * v.mean() + np.sum(v) ** 2 + np.mean(v * v)


@scenario(V6)
def extremes(v):
    return v.max() * v.min() + np.max(v * v) + np.min(v) + v[v.argmax()] * v[np.argmin(v)]


@scenario(V6)
def product_reduction(v):
    return v.prod() + np.prod(v[:2])


@scenario(V6, second_order=True)
def variance(v):
    return np.var(v) + v.std()


@scenario(M23)
def reductions_along_axes(m):
    return np.sum(m, axis=0), m.sum(axis=1) * m.sum(0)[0], np.sum(m * m)


@scenario(V3, W3, argnums=(0, 1), second_order=True)
def dot_products(v, w):
    return np.dot(v, w) + v @ v + np.vdot(v, w)


@scenario(S33, V3, argnums=(0, 1))
def matrix_vector_products(a, v):
    return a @ v, v @ a, np.dot(a, v) * 2.0


@scenario(S33, M23, argnums=(0, 1))
def matrix_products(a, b):
    return b @ a, np.dot(b, a.T.copy())


@scenario(S33, V3, argnums=1, full=True)
def product_with_inactive_matrix(a, v):
    return a @ v + v @ a, v @ (a @ v)


@scenario(S33, full=True)
def product_of_transposes_and_slices(a):
    return a.T @ a, a[:2] @ a[:, 1], a[:, 0] @ a[0]


@scenario(S33, np.zeros(3), out_argnums=1)
def product_with_out(a, out):
    np.dot(a, a[0], out)


@scenario(V6, full=True)
def where_of_arrays(v):
    return np.where(v > 0.0, v * v, 0.5 * v), np.where(v > 1.0, v, 0.0), np.where(v < 0, 1.0, 2.0) * v


@scenario(1.3, V3, argnums=(0, 1), full=True)
def where_of_scalars(x, v):
    return np.where(v > 0.0, x, v)


@scenario(V3, second_order=True)
def euclidean_norm(v):
    return np.linalg.norm(v)


@scenario(np.zeros(3), reference=lambda v: np.zeros(3), kink=True, second_order=False, full=True)
def norm_at_zero(v):
    return np.linalg.norm(v)


@scenario(np.zeros(3), reference=lambda v: np.zeros(3), kink=True, full=True)
def squared_norm_at_zero(v):
    return np.linalg.norm(v) ** 2


@scenario(V3, W3, argnums=(0, 1))
def concatenate(v, w):
    return np.concatenate((v, w * w, np.zeros(1))) * v[0]


@scenario(V3, W3, argnums=(0, 1), later=True)
def stack(v, w):
    return np.stack((v, w)), np.vstack((v, w * w)), np.hstack((v, w)), np.column_stack((v, w))


@scenario(V6)
def reshape_ravel_transpose(v):
    m = v.reshape(2, 3)
    t = m.T
    return (
        m.ravel() * t.copy().reshape(6),
        np.transpose(m) * 2.0,
        m.flatten()[::-1] * v,
        np.reshape(v, (3, 2)),
    )


@scenario(V6, full=True)
def reshaped_view_written(v):
    a = v.copy()
    m = a.reshape((2, 3))
    m[1, 0] = m[0, 1] * m[0, 2]
    a.ravel()[0] = 1.0
    return a


@scenario(V6)
def sort_and_argsort(v):
    order = np.argsort(v)
    return np.sort(v) * v, v[order] ** 2, np.sort(v)[::-1][0]


@scenario(V6, full=True)
def sort_in_place(v):
    a = v * 1.0
    a.sort()
    return a * v[0]


@scenario(0.35, np.array([0.0, 0.25, 1.0]), W3, argnums=(0, 2), later=True)
def interpolation(x, xp, fp):
    return np.interp(x, xp, fp)


@scenario(0.35, 1.5, argnums=(0, 1), later=True)
def linspace_between_active_ends(a, b):
    return np.linspace(a, b, 4)


@scenario(V6, later=True)
def cumulative_and_differences(v):
    return np.cumsum(v), np.diff(v) * v[0], np.cumprod(v)


@scenario(V3, W3, argnums=(0, 1), later=True)
def outer_product(v, w):
    return np.outer(v, w)


@scenario(V6, later=True)
def clipping(v):
    return np.clip(v, -0.5, 1.0) * v + np.clip(v, None, 0.5 * v) * v.clip(0.2 * v, None)


@scenario(np.array([0.3, -1.2, 2.6]), full=True)
def rounding_has_no_slope(v):
    return np.floor(v) * v + np.rint(v) + np.trunc(v * 3.0) * v


@scenario(np.array([1.0, 1.0, 0.0]), kink=True, reference=lambda v: np.array([0.5, 0.5, 0.0]), full=True)
def maximum_of_array_tie(v):
    return np.max(v)


@scenario(np.array([1.0, 0.0, 0.0]), kink=True, reference=lambda v: np.array([0.0, 0.5, 0.5]), full=True)
def minimum_of_array_tie(v):
    return v.min()


@scenario(np.array([0.0, 2.0, 3.0]), reference=lambda v: np.array([6.0, 0.0, 0.0]), full=True)
def product_with_a_zero(v):
    return np.prod(v)


@scenario(V3, full=True)
def array_attributes(v):
    return v.sum() / v.size + v.shape[0] * v[0] + v.ndim * v[1] + v.itemsize * 0.0


@scenario(V6, full=True)
def counting_and_any(v):
    n = (v > 0.0).sum()
    s = v[0] * n
    if np.any(v > 2.0) and not np.all(v > 0.0) and not np.isnan(v).any():
        s += v[1]
    return s


@scenario(V3)
def array_expressions(v):
    a = 1.0 - v
    b = -a / (1.0 + v**2) - 2.0
    c = a * b + v**3 + 2.0**v
    return c - v / 3 + (v > 0) * c


@scenario(V3)
def array_comparison_and_selection(v):
    a = np.zeros_like(v)
    positive = v > 0.0
    a[positive] = np.sqrt(v[positive])
    a[~positive] = v[~positive] ** 2
    return a


@scenario(np.zeros((0, 3)), reference=lambda m: np.zeros((3, 0, 3)), full=True)
def empty_matrix(m):
    return m.sum(axis=0)


@scenario(V3, full=True)
def astype_float(v):
    return v.astype(np.float64) * v


@scenario(V3)
def copies_and_fill(v):
    a = np.copy(v)
    b = np.zeros(3)
    b.fill(v[0])
    c = np.asarray(v)
    d = np.ascontiguousarray(v[::-1])
    return a * b + c * d
