"""Derivative functions go into SciPy's solvers as they are, on problems whose answers are known from elsewhere."""

from functools import partial

import numpy as np
import pytest
from numba import njit
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, least_squares, minimize, root, root_scalar
from scipy.sparse.linalg import LinearOperator
from scipy.special import jv

import dualad as ad

dense = pytest.param(ad.jacobian, id="dense")
by_rows = pytest.param(ad.jacrev, id="rows", marks=pytest.mark.full)
sparse = pytest.param(partial(ad.jacobian, sparsity="auto"), id="sparse")


# minimize: the smallest energy of thirteen atoms


def energy(positions):
    """Lennard-Jones energy of atoms, their coordinates one after the other."""
    total = 0.0
    for i in range(0, positions.size, 3):
        for j in range(0, i, 3):
            square = 0.0
            for k in range(3):
                square += (positions[i + k] - positions[j + k]) ** 2
            inverse = 1.0 / square**3
            total += 4.0 * (inverse * inverse - inverse)
    return total


LEAST_ENERGY = -44.326801  # Hoare and Pal, Adv. Phys. 20 (1971) 161; Cambridge Cluster Database
value_and_force, hessian, product = ad.value_and_grad(energy, mode="reverse"), ad.hessian(energy), ad.hvp(energy)


def disturbed_icosahedron():
    golden = (1.0 + np.sqrt(5.0)) / 2.0
    corners = [(0.0, a, b * golden) for a in (-1.0, 1.0) for b in (-1.0, 1.0)]
    corners = [np.roll(corner, shift) for corner in corners for shift in range(3)]
    atoms = np.array([(0.0, 0.0, 0.0), *corners]) * 1.1 / np.hypot(1.0, golden)
    return (atoms + 0.05 * np.random.default_rng(13).standard_normal(atoms.shape)).ravel()


@pytest.mark.parametrize(
    ("method", "second"),
    [("trust-exact", {"hess": hessian}), ("trust-krylov", {"hessp": product}), ("Newton-CG", {"hessp": product})],
)
def test_minimize_finds_the_cluster_of_least_energy(method, second):
    found = minimize(value_and_force, disturbed_icosahedron(), jac=True, method=method, **second)
    assert found.success
    assert found.fun == pytest.approx(LEAST_ENERGY, abs=1e-6)
    curvatures = np.linalg.eigvalsh(hessian(found.x))
    assert np.abs(curvatures[:6]).max() < 1e-3 < 10.0 < curvatures[6], "six motions of the whole cluster cost nothing"


# least_squares: a reaction of enzymes and a decay, certified by the NIST


def saturating(b, x, y):
    """Residuals of y = b0 (1 - exp(-b1 x))."""
    return y - b[0] * (1.0 - np.exp(-b[1] * x))


#: NIST Statistical Reference Datasets, nonlinear regression: data, the two starts, certified parameters and standard deviations
BOXBOD = (
    [1, 2, 3, 5, 7, 10],
    [109, 149, 149, 191, 213, 224],
    [(1.0, 1.0), (100.0, 0.75)],
    [2.1380940889e02, 5.4723748542e-01],
    [1.2354515176e01, 1.0455993237e-01],
)
MISRA1A = (
    [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
    [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
    [(500.0, 0.0001), (250.0, 0.0005)],
    [2.3894212918e02, 5.5015643181e-04],
    [2.7070075241e00, 7.2668688436e-06],
)


@pytest.mark.parametrize("jacobian", [dense, by_rows])
@pytest.mark.parametrize("data", [BOXBOD, MISRA1A], ids=["BoxBOD", "Misra1a"])
def test_least_squares_finds_the_certified_parameters(data, jacobian):
    x, y = np.array(data[0], float), np.array(data[1], float)
    jac = jacobian(saturating)
    for start in data[2]:
        with np.errstate(over="ignore"):  # on the way
            found = least_squares(saturating, start, jac, args=(x, y), x_scale="jac", ftol=None, xtol=1e-12, gtol=None)
        np.testing.assert_allclose(found.x, data[3], rtol=1e-8)
        variance = 2.0 * found.cost / (x.size - 2)
        errors = np.sqrt(variance * np.diag(np.linalg.inv(found.jac.T @ found.jac)))
        np.testing.assert_allclose(errors, data[4], rtol=1e-7)


def ignition(u, heating):
    """What temperatures at inner points of a slab lack to solve u'' + heating e^u = 0, of fourth order (Numerov)."""
    r, h = np.empty(u.size), 1.0 / (u.size + 1)
    for i in range(u.size):
        left = u[i - 1] if i > 0 else 0.0
        right = u[i + 1] if i < u.size - 1 else 0.0
        sources = (np.exp(left) + 10.0 * np.exp(u[i]) + np.exp(right)) / 12.0
        r[i] = (left - 2.0 * u[i] + right) / h**2 + heating * sources
    return r


@pytest.mark.parametrize("jacobian", [dense, sparse])
def test_least_squares_ignites_a_slab_as_bratu_says(jacobian):
    """u = 2 log(cosh(a / 2) / cosh(a (x - 1/2))) with a = sqrt(heating / 2) cosh(a / 2) (Bratu 1914)."""
    x, heating = np.arange(1, 61) / 61.0, 1.0
    a = brentq(lambda a: a - np.sqrt(heating / 2.0) * np.cosh(a / 2.0), 0.0, 2.0, xtol=1e-15)
    expected = 2.0 * np.log(np.cosh(a / 2.0) / np.cosh(a * (x - 0.5)))
    # SciPy solves with a sparse matrix by its iteration lsmr, whose standard accuracy is too low for Newton's method.
    options = {} if jacobian is ad.jacobian else {"atol": 1e-13, "btol": 1e-13, "maxiter": 500}
    jac = jacobian(ignition)
    found = least_squares(njit(ignition), np.zeros(x.size), jac, args=(heating,), xtol=1e-12, tr_options=options)
    np.testing.assert_allclose(found.x, expected, atol=1e-9)
    assert found.njev < 10, "Newton's method"


def test_least_squares_takes_products_in_place_of_the_matrix():
    x, y = np.array(MISRA1A[0]), np.array(MISRA1A[1])
    at = ad.linearize(saturating)

    def operator(b):
        _, pushforward, pullback = at(b, x, y)
        zero = np.zeros_like(x)
        shape = (x.size, b.size)
        return LinearOperator(shape, lambda v: pushforward(v.ravel(), zero, zero), lambda w: pullback(w.ravel())[0])

    found = least_squares(lambda b: saturating(b, x, y), MISRA1A[2][1], operator, x_scale=[100.0, 1e-4], xtol=1e-12)
    np.testing.assert_allclose(found.x, MISRA1A[3], rtol=1e-7)


# root: light that a half space scatters (Chandrasekhar's H equation)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
NODES, WEIGHTS = 0.5 * NODES + 0.5, 0.5 * WEIGHTS


def scattering(h, albedo):
    """What H(mu) at the nodes of a quadrature lacks to solve the equation."""
    r = np.empty(h.size)
    for i in range(h.size):
        integral = 0.0
        for j in range(h.size):
            integral += WEIGHTS[j] * NODES[i] * h[j] / (NODES[i] + NODES[j])
        r[i] = h[i] - 1.0 / (1.0 - 0.5 * albedo * integral)
    return r


@pytest.mark.parametrize("jacobian", [dense, by_rows])
@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root_scatters_light_as_the_conserved_integral_says(method, jacobian):
    """The integral of H is (2 / albedo) (1 - sqrt(1 - albedo)), exactly so for the quadrature too."""
    jac = jacobian(scattering)
    for albedo in (0.1, 0.9, 0.999):
        found = root(scattering, np.ones(NODES.size), args=(albedo,), jac=jac, method=method, tol=1e-13)
        assert found.success
        assert WEIGHTS @ found.x == pytest.approx(2.0 / albedo * (1.0 - np.sqrt(1.0 - albedo)), rel=1e-12)


def test_root_takes_value_and_jacobian_together():
    found = root(ad.value_and_jacobian(scattering), np.ones(NODES.size), args=(0.5,), jac=True, tol=1e-13)
    assert WEIGHTS @ found.x == pytest.approx(4.0 * (1.0 - np.sqrt(0.5)), rel=1e-12)


def kepler(anomaly, eccentricity, mean):
    return anomaly - eccentricity * np.sin(anomaly) - mean


def test_root_scalar_finds_a_planet_where_bessel_does():
    """E = M + sum of 2 / n J_n(n e) sin(n M), by methods of second and of third order."""
    n, eccentricity, mean = np.arange(1, 60), 0.2056, 1.0  # Mercury
    expected = mean + np.sum(2.0 / n * jv(n, n * eccentricity) * np.sin(n * mean))
    first, second = ad.derivative(kepler), ad.second_derivative(kepler)
    for method, derivatives in (("newton", (first,)), ("halley", (first, second))):
        slopes = dict(zip(("fprime", "fprime2"), derivatives))
        found = root_scalar(kepler, (eccentricity, mean), method, x0=1, xtol=1e-14, **slopes)
        assert found.converged and found.root == pytest.approx(expected, rel=1e-14)


# solve_ivp: stiff kinetics


def robertson(t, y):
    """Three reactions with rates nine orders of magnitude apart."""
    slow, fast, autocatalytic = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return np.array([autocatalytic - slow, slow - autocatalytic - fast, fast])


#: Mazzia and Magherini, Test Set for Initial Value Problem Solvers, release 2.4 (2008), problem ROBER: at t = 1e11
ROBERTSON = [0.2083340149701255e-07, 0.8333360770334713e-13, 0.9999999791665050e00]


@pytest.mark.parametrize("jacobian", [dense, by_rows])
@pytest.mark.parametrize("method", ["BDF", "Radau"])
def test_solve_ivp_follows_stiff_kinetics_to_the_published_end(method, jacobian):
    jac = jacobian(robertson, argnums=1)
    start = np.array([1.0, 0.0, 0.0])
    found = solve_ivp(
        njit(robertson), (0.0, 1e11), start, method=method, jac=jac, rtol=1e-8, atol=[1e-14, 1e-18, 1e-10]
    )
    assert found.success
    np.testing.assert_allclose(found.y[:, -1], ROBERTSON, rtol=1e-5)
    np.testing.assert_allclose(found.y.sum(axis=0), 1.0, rtol=1e-9)  # of what there was


def spreading(t, u, h):
    """Growth and diffusion on a line (Fisher 1937), nothing through its ends."""
    rate = np.empty(u.size)
    for i in range(u.size):
        left = u[i - 1] if i > 0 else u[i + 1]
        right = u[i + 1] if i < u.size - 1 else u[i - 1]
        rate[i] = (left - 2.0 * u[i] + right) / h**2 + u[i] * (1.0 - u[i])
    return rate


def wave(x, t):
    """A front of constant speed (Ablowitz and Zeppetella, Bull. Math. Biol. 41 (1979) 835-840)."""
    return (1.0 + np.exp((x - 5.0 * t / np.sqrt(6.0)) / np.sqrt(6.0))) ** -2


@pytest.mark.parametrize("jacobian", [dense, sparse])
def test_solve_ivp_moves_a_front_as_the_exact_wave_does(jacobian):
    jac, errors = jacobian(spreading, argnums=1), []
    for intervals in (100, 200):
        x, h = np.linspace(-50.0, 70.0, intervals + 1, retstep=True)
        for method in ("BDF", "Radau"):
            found = solve_ivp(
                njit(spreading), (0.0, 10.0), wave(x, 0.0), method, jac=jac, args=(h,), rtol=1e-7, atol=1e-9
            )
            assert found.success
            errors.append(np.abs(found.y[:, -1] - wave(x, 10.0)).max())
    np.testing.assert_allclose(
        np.log2(np.divide(errors[:2], errors[2:])), 2.0, atol=0.1
    )  # the order of the differences
