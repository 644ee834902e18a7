"""Complex numbers in reverse mode: cotangents are dL/dx - i dL/dy, as forward mode's gradients are."""

import cmath

import numba as nb
import numpy as np
import pytest

import dualad as ad
from dualad.reverse import adjoint
from tests.reverse.judge import compiled, plain

Z = 0.8 - 0.6j
STEP = 1e-6


def pulled_back(function, *args, seeds=(), jitted=False, argnums=None):
    """Cotangents of the arguments; without seeds, of a function with one real result."""
    made = adjoint(
        function, tuple(map(nb.typeof, args)), argnums or tuple(range(len(args))), seeded=bool(seeds), with_value=False
    )
    run = compiled(made.function) if jitted else plain(made.function)
    return run(*args, *seeds)


def numerical(function, z):
    """dL/dx - i dL/dy by central differences."""
    along = [(function(z + d * STEP) - function(z - d * STEP)) / (2 * STEP) for d in (1, 1j)]
    return along[0] - 1j * along[1]


def parts(z):
    return z.real * z.real + 3.0 * z.imag + z.real * z.imag


def parts_by_numpy(z):
    return np.real(z * z) * np.imag(z)


def absolute(z):
    return abs(z) + np.abs(z * z) * np.absolute(z)


def arguments_of_it(z):
    return cmath.phase(z) * np.angle(z * 1j)


def conjugates(z):
    return (np.conj(z) * z.conjugate() * z).real


def powers(z):
    return (z**3 + z**-1 + z**0.5 + z ** (1 + 2j) + 2.0**z + (2.0 / z) + z / (1 + z)).real


def elementary(z):
    w = cmath.exp(z) + cmath.log(z) + cmath.sqrt(z) + cmath.atan(z) + cmath.asinh(z) + np.sin(z) + np.tanh(z)
    return abs(w)


def rebuilt(z):
    return abs(complex(z.imag, z.real * z.imag) ** 2 + complex(z.real))


def chosen(z):
    w = 0.0 + 0.0j
    for k in range(4):
        if k % 2 == 0:
            w = w * z + z.real
        else:
            w += z / (k + 1)
    return w.real - w.imag


REAL_LOSSES = [parts, parts_by_numpy, absolute, arguments_of_it, conjugates, powers, elementary, rebuilt, chosen]


@pytest.mark.parametrize("function", REAL_LOSSES, ids=lambda f: f.__name__)
def test_cotangent_of_a_complex_argument(function):
    (found,) = pulled_back(function, Z)
    assert abs(found - numerical(function, Z)) < 1e-8 * max(1.0, abs(found))


@pytest.mark.parametrize("function", [absolute, powers, chosen], ids=lambda f: f.__name__)
def test_forward_mode_says_the_same(function):
    (found,) = pulled_back(function, Z, jitted=True)
    assert abs(found - ad.grad(function, mode="forward")(Z)) < 1e-13 * abs(found)


def test_holomorphic_functions_multiply_by_their_slope():
    (found,) = pulled_back(lambda z: cmath.exp(z) * z, Z, seeds=(2.0 - 1.0j,))
    assert abs(found - (2.0 - 1.0j) * (1 + Z) * cmath.exp(Z)) < 1e-14


def test_a_real_argument_gets_a_real_cotangent():
    found = pulled_back(lambda x, z: (x * z + x) / (z - x), 0.3, Z, seeds=(1.0 + 2.0j,))
    slope = ((Z + 1) * (Z - 0.3) + 0.3 * Z + 0.3) / (Z - 0.3) ** 2
    assert isinstance(found[0], float)
    assert abs(found[0] - ((1 + 2j) * slope).real) < 1e-14


def test_parts_of_real_numbers():
    (found,) = pulled_back(lambda x: x.real * x + x.imag * 5.0 + np.conj(x) + np.real(x), 1.5)
    assert found == 2 * 1.5 + 2


def test_zero_has_slope_zero():
    (found,) = pulled_back(lambda z: abs(z) + cmath.phase(z) + z.real, 0j)
    assert found == 1.0


def test_elements_written_from_real_numbers():
    def function(x, z):
        a = np.zeros(2, np.complex128)
        a[0] = x
        a[1] = z
        a[1] += x * x
        return abs(a[0] * a[1])

    found = pulled_back(function, 0.7, Z)
    sum_ = Z + 0.49
    assert abs(found[0] - (abs(sum_) + 0.7 * (1.4 * sum_.conjugate() / abs(sum_)).real)) < 1e-14
    assert abs(found[1] - 0.7 * sum_.conjugate() / abs(sum_)) < 1e-14


def of_arrays(v, z):
    w = np.exp(1j * v) * z + np.conj(z)
    w[1:] = v[1:]
    w[0] *= v[2]
    return (w.real * np.abs(z) + w.imag + np.where(v > 0, w, v).imag).sum() + abs(np.dot(z, w)) + np.sum(z.imag)


@pytest.mark.parametrize("jitted", [False, pytest.param(True, marks=pytest.mark.full)])
def test_arrays(jitted):
    v, z = np.array([0.5, -0.3, 1.2]), np.array([1 + 1j, 0.5 - 0.2j, -0.7j])
    found = pulled_back(of_arrays, v, z, jitted=jitted)
    forward = ad.jacfwd(of_arrays, 0)(v, z), ad.grad(of_arrays, 1, mode="forward")(v, z)
    np.testing.assert_allclose(found[0], forward[0], rtol=1e-13)
    np.testing.assert_allclose(found[1], forward[1], rtol=1e-13)


def test_product_of_real_and_complex_arrays():
    v, z = np.array([0.5, -0.3, 1.2]), np.array([1 + 1j, 0.5 - 0.2j, -0.7j])
    found = pulled_back(lambda v, z: np.sum(np.outer(v, z)), v, z, seeds=(1.0 - 2.0j,))
    np.testing.assert_allclose(found[0], np.full(3, ((1 - 2j) * z.sum()).real), rtol=1e-14)
    np.testing.assert_allclose(found[1], np.full(3, (1 - 2j) * v.sum()), rtol=1e-14)


def test_imaginary_part_of_an_array_that_is_written_is_refused():
    def function(z):
        part = z.imag
        part[0] = z[1].real
        return z[0].imag

    with pytest.raises(ad.errors.UnsupportedError, match="imaginary part of an array that is written"):
        pulled_back(function, np.array([1j, 2.0]))


def test_second_order():
    def function(x, y):
        z = complex(x, y)
        return abs(cmath.exp(z) + z * z.conjugate())

    gradient = adjoint(function, (nb.float64, nb.float64), (0, 1), with_value=False).function
    rows = [pulled_back(gradient, 0.4, 0.3, seeds=seeds) for seeds in ((1.0, 0.0), (0.0, 1.0))]
    hessian = ad.hessian(nb.njit(lambda v: function_(v[0], v[1])))(np.array([0.4, 0.3]))
    np.testing.assert_allclose(rows, hessian, rtol=1e-12)


@nb.njit
def function_(x, y):
    z = complex(x, y)
    return abs(cmath.exp(z) + z * z.conjugate())
