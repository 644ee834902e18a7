"""Derivatives lost in a conversion: to integers, to single precision, to bits, to the layout of an array."""

import math

import numba as nb
import numpy as np

from tests.scenarios.corpus import attack

V3 = np.array([0.3, -1.2, 2.5])
SINGLE = 1e-6


@attack(2.7)
def store_into_int_array(x):
    a = np.zeros(2, dtype=np.int64)
    a[0] = x
    return a[0] * x


@attack(2.7, np.zeros(2, dtype=np.int64))
def store_into_int_array_argument(x, a):
    a[1] = x
    return a.sum() + x


@attack(2.7, reference=lambda x: 1.0)
def store_into_bool_array(x):
    a = np.zeros(2, dtype=np.bool_)
    a[0] = x
    return x if a[0] else 2.0 * x


@attack(2.7, tolerance=SINGLE)
def store_into_single_precision_buffer(x):
    a = np.zeros(2, dtype=np.float32)
    a[0] = x
    a[1] = a[0] * x
    return a[1] * x


@attack(2.7, np.zeros(2, dtype=np.float32), tolerance=SINGLE)
def store_into_single_precision_argument(x, a):
    a[0] = x
    return a[0] * x


@attack(2.7)
def store_real_into_complex_buffer(x):
    a = np.zeros(2, dtype=np.complex128)
    a[0] = x
    a[1] = a[0] * (1 + x * 1j)
    return a[1].imag


@attack(V3)
def astype_int(v):
    return v.astype(np.int64).sum() * v[0]


@attack(V3, tolerance=SINGLE)
def astype_single(v):
    return (v.astype(np.float32) * v).sum()


@attack(2.7, tolerance=SINGLE)
def single_precision_scalar(x):
    return np.float32(x) * x


@attack(2.7)
def integer_scalar_types(x):
    return np.int32(x) * x + np.int64(x) + np.uint8(x)


@attack(2.7, reference=lambda x: 2 * x)
def bits_of_a_float_and_back(x):
    bits = np.float64(x).view(np.int64)
    return np.int64(bits).view(np.float64) * x


@attack(V3, reference=lambda v: 2 * v)
def bits_of_an_array_and_back(v):
    return (v.view(np.int64).view(np.float64) * v).sum()


@attack(V3, reference=lambda v: np.array([0.0, 1.0, 0.0]))
def sign_bit_cleared_through_integer_view(v):
    a = v.copy()
    bits = a.view(np.int64)
    bits[0] = 0
    return a[0] + a[1]


@attack(np.float32(2.0), reference=lambda x: -0.5 * 2.0**-1.5, tolerance=5e-3)
def fast_inverse_square_root(x):
    half = np.float32(0.5) * x
    i = np.int32(0x5F3759DF) - (np.float32(x).view(np.int32) >> 1)
    y = np.int32(i).view(np.float32)
    y = y * (np.float32(1.5) - half * y * y)
    return y * (np.float32(1.5) - half * y * y)


@attack(np.array([1.0, 2.0, 3.0, 4.0]), reference=lambda v: np.array([3.0, -4.0, 1.0, -2.0]))
def floats_viewed_as_complex(v):
    z = v.view(np.complex128)
    return (z[0] * z[1]).real


@attack(np.array([1.0, 2.0, 3.0, 4.0]), reference=lambda v: np.array([3.0, -4.0, 1.0, -2.0]))
def buffer_viewed_as_complex(v):
    a = np.zeros(4)
    z = a.view(np.complex128)
    for i in range(4):
        a[i] = v[i]
    return (z[0] * z[1]).real


@attack(V3, reference=lambda v: np.ones(3) * (8 + 24 + 8))
def size_of_the_elements(v):
    return v.sum() * (v.itemsize + v.nbytes + v.strides[0])


@attack(V3, reference=lambda v: np.ones(3))
def dtype_decides(v):
    if v.dtype == np.zeros(1).dtype:
        return v.sum()
    return 2.0 * v.sum()


@attack(V3, reference=lambda v: np.ones(3))
def machine_epsilon_of_the_dtype(v):
    return v.sum() + np.finfo(v.dtype).eps


@attack(V3)
def buffer_of_the_same_dtype(v):
    a = np.zeros(3, dtype=v.dtype)
    a[0] = v[1]
    b = np.zeros((3,), v.dtype)
    b[:] = v
    return a.sum() * b.sum()


@attack(2.7, reference=lambda x: 2.0)
def type_test(x):
    if isinstance(x, float):
        return 2.0 * x
    return 3.0 * x


@attack(2.7, 3, reference=lambda x, n: 2.0)
def type_test_among_several(x, n):
    y = 0.0
    if isinstance(x, (int, float)) and isinstance(n, int) and not isinstance(n, float):
        y = 2.0 * x
    return y


@attack(2.7, reference=lambda x: 8.25)
def mantissa_and_exponent(x):
    mantissa, exponent = math.frexp(x)
    return mantissa + math.ldexp(x, exponent + 1)


@attack(2.7)
def rounding_to_digits(x):
    return round(x, 1) * x + round(x) * x


@attack(2.7, 4.0, argnums=(0, 1), reference=lambda x, y: (1.0, 0.0))
def next_representable(x, y):
    return np.nextafter(x, y)


@attack(2.7, reference=lambda x: 0.0)
def hash_of_a_float(x):
    return 0.0 * hash(x)


@attack(2.7)
def length_of_text(x):
    return len(f"{int(x)} items") * x


@attack(2.7, reference=lambda x: 1.0)
def printed(x):
    if x < 0:
        print(x)
    return x


@attack(2.7)
def integer_accumulator_becomes_float(x):
    n = 0
    for i in range(3):
        n = n + i
        if i == 1:
            n = n * x
    return n


@nb.njit("int64(float64)")
def _whole(x):
    return int(x)


@attack(2.7)
def signature_with_integer_result(x):
    return _whole(x) * x


@nb.njit("float64(int64)")
def _takes_int(n):
    return n * 1.5


@attack(2.7, reference=lambda x: 3.0)
def signature_that_truncates_its_argument(x):
    return _takes_int(x) * x


@nb.njit("float32(float32)")
def _single(x):
    return x * x


@attack(2.7, tolerance=SINGLE)
def signature_of_single_precision(x):
    return _single(x) * 2.0
