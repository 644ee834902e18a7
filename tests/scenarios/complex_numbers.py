"""Complex values and arrays between real inputs and real results."""

import cmath
import math

import numpy as np

from tests.scenarios.corpus import scenario

V3 = np.array([0.3, -1.2, 2.5])


@scenario(0.8, 0.3, argnums=(0, 1), second_order=True)
def complex_intermediate(x, y):
    z = complex(x, y)
    w = z * z + 1.0 / z - 2j
    return w.real * w.imag


@scenario(0.8, 0.3, argnums=(0, 1), full=True)
def complex_literal_and_abs(x, y):
    z = x + 1j * y
    return abs(z * z + 1.0) + abs(z) ** 2


@scenario(0.8, second_order=True)
def complex_exponential(x):
    return abs(cmath.exp(1j * x) + 0.5) + cmath.exp(x * (1 + 2j)).real


@scenario(0.8, 0.3, argnums=(0, 1))
def cmath_functions(x, y):
    z = complex(x, y)
    w = cmath.sin(z) + cmath.cos(z) * cmath.log(z) + cmath.sqrt(z) + cmath.tanh(z)
    return w.real, w.imag


@scenario(0.8, 0.3, argnums=(0, 1), full=True)
def phase_and_conjugate(x, y):
    z = complex(x, y)
    return (z * z.conjugate()).real + math.atan2(z.imag, z.real)


@scenario(V3)
def complex_array(v):
    z = np.zeros(3, dtype=np.complex128)
    for i in range(3):
        z[i] = complex(v[i], v[i - 1])
    s = 0.0
    for i in range(3):
        s += abs(z[i]) * z[i].real
    return s


@scenario(V3)
def complex_array_expression(v):
    z = np.exp(1j * v) * (1.0 + v)
    return z.real + np.abs(z) * np.imag(z)


@scenario(0.3, 0.5, argnums=(0, 1), full=True)
def mandelbrot_orbit(x, y):
    c = complex(x, y)
    z = 0j
    for _ in range(4):
        z = z * z + c
    return z.real, z.imag


@scenario(0.8, full=True)
def complex_sum_from_literal(x):
    total = 0.0
    z = 1.0 + 0.0j
    for k in range(4):
        z = z * (x + 0.5j)
        total += z.real
    return total


@scenario(np.array([0.5, -1.0, 0.25]))
def discrete_fourier_transform(v):
    n = v.size
    power = np.zeros(n)
    for k in range(n):
        s = 0j
        for j in range(n):
            s += v[j] * cmath.exp(-2j * math.pi * j * k / n)
        power[k] = s.real * s.real + s.imag * s.imag
    return power


@scenario(0.8 + 0.3j, reference=lambda z: 2 * z + cmath.exp(z), kink=True)
def holomorphic(z):
    return z * z + cmath.exp(z)
