"""Scalar programs: literals that become active, loops and their exits, branches, recursion."""

import math

import numba as nb
import numpy as np

from tests.scenarios.corpus import scenario

GRAVITY = 9.81
COUNT = 5
TABLE = np.array([0.5, -1.25, 2.0, 0.125])
PAIR = (2.0, 3)


@scenario(1.3, second_order=True)
def sum_from_float_literal(x):
    s = 0.0
    for i in range(4):
        s += x**i / (i + 1)
    return s


@scenario(1.3, 0.4, argnums=(0, 1), second_order=True, full=True)
def sum_from_int_literal(x, y):
    s = 0
    for _ in range(3):
        s = s + x * y
    return s


@scenario(1.1, second_order=True)
def product_from_int_literal(x):
    p = 1
    for i in range(5):
        p *= x + i
    return p


@scenario(0.7, full=True)
def zero_trip_loop(x):
    s = 0.0
    for i in range(0):
        s += x * i
    return s + 2.0 * x


@scenario(0.7, 0)
def zero_trip_loop_known_at_run_time(x, n):
    s = 1.5
    for i in range(n):
        s *= x
    return s


@scenario(3.0, second_order=True)
def while_loop_halving(x):
    s = x
    while s > 0.5:
        s = s * s / (1.0 + 2.0 * s)
    return s


@scenario(0.9, full=True)
def while_true_break(x):
    term, total, n = x, 0.0, 1
    while True:
        total += term
        n += 2
        term = -term * x * x / (n * (n - 1))
        if abs(term) < 1e-3:
            break
    return total


@scenario(1.7, full=True)
def continue_in_loop(x):
    s = 0.0
    for i in range(7):
        if i % 3 == 0:
            continue
        s += math.sin(i * x)
    return s


@scenario(0.3, 10.0)
def loop_else(x, limit):
    y = x
    for _ in range(5):
        y = y * 1.5 + x * x
        if y > limit:
            break
    else:
        y = -y
    return y


@scenario(1.3, full=True)
def nested_breaks(x):
    s = 0.0
    for i in range(4):
        for j in range(4):
            if i * j > 3:
                break
            s += x ** (i - j)
        if s > 30.0:
            break
    return s


@scenario(0.8, 3)
def early_return_at_depth(x, n):
    y = x
    for i in range(6):
        for j in range(3):
            y = y + math.exp(-y * j)
            if i + j == n:
                if y > 0:
                    return y * x
    return -1.0


@scenario(-0.4, full=True)
def float_constant_in_other_branch(x):
    if x > 0.0:
        return x * x
    return 1.0


@scenario(0.4, second_order=True)
def active_value_in_other_branch(x):
    if x > 0.0:
        return x**3
    return 1.0


@scenario(2.0, full=True)
def int_constant_in_other_branch(x):
    if x < 0.0:
        return 0
    return x * x * x


@nb.njit
def _power_by_squaring(x, n):
    if n == 0:
        return 1.0
    if n % 2 == 1:
        return x * _power_by_squaring(x, n - 1)
    half = _power_by_squaring(x, n // 2)
    return half * half


@scenario(1.2, second_order=True)
def recursion(x):
    return _power_by_squaring(x, 7) + _power_by_squaring(math.sin(x), 2)


@nb.njit
def _continued_fraction(x, depth):
    if depth == 0:
        return x
    return x + 1.0 / _continued_fraction(x + 0.5, depth - 1)


@scenario(1.9, 4)
def recursion_directly(x, depth):
    return _continued_fraction(x, depth)


@scenario(1.3, 0.6, argnums=(0, 1), full=True)
def swapped_scalars(x, y):
    for _ in range(3):
        x, y = y, x + 0.5 * y
    return x * y


@scenario(1.3, full=True)
def shadowed_argument(x):
    x = x * x
    x = math.log(x) + x
    for x in (x, 2.0 * x):
        x = x + 1.0
    return x


@scenario(1.3, second_order=True)
def variable_changes_type(x):
    a = 2
    b = a * 3
    a = b / 4.0
    a = a * x
    return a * a


@scenario(1.3, full=True)
def float_then_active_in_loop(x):
    a = 1.0
    b = 0.5
    for _ in range(4):
        a, b = b * x, a
    return a + b


@scenario(0.35, full=True)
def chained_comparison(x):
    if 0.0 < x < 0.5 <= 2 * x + 0.1:
        return x * 3.0
    return x * 5.0


@scenario(0.35, -0.6, argnums=(0, 1))
def conditional_expression(x, y):
    return (x if x > y else y) * (2.0 if y < 0 else x) + (x * y if not x > 1 else 0.0)


@scenario(0.35, 0.8, argnums=(0, 1))
def boolean_operators(x, y):
    s = 0.0
    if x > 0 and y > 0:
        s += x * y
    if x > 1 or y > 0.5:
        s += x / y
    if not (x > 1):
        s -= y
    return s


@scenario(0.7, full=True)
def assertion(x):
    assert x > 0.0
    assert x < 10.0, "too large"
    return math.sqrt(x)


@scenario(0.7)
def raise_on_untaken_path(x):
    if x < 0:
        raise ValueError("x must not be negative")
    return x**1.5


@scenario(1.4, second_order=True)
def captured_constants(x):
    return GRAVITY * x * x / COUNT + PAIR[0] * x ** PAIR[1]


@scenario(1.4)
def captured_array(x):
    s = 0.0
    for c in TABLE:
        s = s * x + c
    return s + TABLE[1] * x + TABLE.sum()


@scenario(2.0, second_order=True, kink=True)
def branch_on_primal_equality(x):
    if x == 2.0:
        return x * x
    return 3.0 * x


@scenario(float("nan"), kink=True, reference=lambda x: 3.0, full=True)
def nan_takes_the_else_branch(x):
    if x > 0:
        return 2.0 * x
    return 3.0 * x


@scenario(float("nan"), 2.0, kink=True, reference=lambda x, y: float("nan"))
def nan_input_propagates(x, y):
    return math.sin(x) * y + x * x


def _logistic_derivative(x):
    """d/dx of x_n after 10**6 steps of x <- x + h (1 - x), which is (1 - h)**n."""
    return math.exp(10**6 * math.log1p(-1e-6))


@scenario(0.25, reference=_logistic_derivative, tolerance=1e-9, full=True)
def million_iterations(x):
    for _ in range(1_000_000):
        x = x + 1e-6 * (1.0 - x)
    return x


@scenario(
    2.0,
    reference=lambda x: 0.5 / math.sqrt(x),
    second_order=True,
    hessian=lambda x: -0.25 * x**-1.5,
    full=True,
)
def newton_square_root(x):
    y = x
    for _ in range(60):
        y = 0.5 * (y + x / y)
    return y


@scenario(0.8, 0.3, argnums=(0, 1), reference=lambda m, e: _kepler(m, e))
def kepler_equation(mean_anomaly, eccentricity):
    e = mean_anomaly
    for _ in range(50):
        step = (e - eccentricity * math.sin(e) - mean_anomaly) / (1.0 - eccentricity * math.cos(e))
        e -= step
        if abs(step) < 1e-15:
            break
    # one more step, so that the derivative has converged with the value
    return e - (e - eccentricity * math.sin(e) - mean_anomaly) / (1.0 - eccentricity * math.cos(e))


def _kepler(m, e):
    anomaly = m
    for _ in range(50):
        anomaly -= (anomaly - e * math.sin(anomaly) - m) / (1.0 - e * math.cos(anomaly))
    slope = 1.0 / (1.0 - e * math.cos(anomaly))
    return slope, math.sin(anomaly) * slope


@scenario(1.3, full=True)
def pass_and_unused(x):
    y = x * x
    unused = y / 4.0
    if unused > 0:
        pass
    return y + 1.0


@scenario(1.3, 0.2, argnums=(0, 1))
def augmented_operators(x, y):
    a = x
    a += y
    a *= x
    a -= 2.0
    a /= y
    a **= 2
    return a


@scenario(12.3, 2.5, argnums=(0, 1))
def remainder_and_quotient(x, y):
    a = x % y + x // y
    q, r = divmod(x, y)
    a %= 1.75
    return a * r + q


@scenario(-1.3, 0.4, argnums=(0, 1), second_order=True)
def abs_min_max(x, y):
    return abs(x) * y + max(x, y) ** 2 + min(x, y, 0.25) * y + max(y, 0.1)


@scenario(1.6, 0.4, argnums=(0, 1), second_order=True)
def powers(x, y):
    return x**y + x**2 + 2**y + x**-1.5 + pow(x, 3) + math.pow(x, y) + 2.5**x


@scenario(2.7)
def conversions(x):
    return float(x) * int(x) + round(x) * x + float(2) + x * bool(x) + math.floor(x) * x


@scenario(2.7, full=True)
def float_of_active_is_active(x):
    y = np.float64(x)
    return float(y) * y


@scenario(0.6, second_order=True)
def math_functions(x):
    return (
        math.sin(x) * math.cos(x)
        + math.tan(x)
        + math.asin(x)
        + math.acos(x)
        + math.atan(x)
        + math.sinh(x)
        + math.cosh(x)
        + math.tanh(x)
        + math.asinh(x)
        + math.acosh(1 + x)
        + math.atanh(x)
    )


@scenario(0.6, 1.2, argnums=(0, 1), second_order=True)
def more_math_functions(x, y):
    a = math.exp(x) + math.expm1(x) + math.log(x) + math.log1p(x) + math.log2(x) + math.log10(x) + math.sqrt(x)
    b = math.erf(x) + math.erfc(x) + math.gamma(x) + math.lgamma(x) + math.degrees(x) + math.radians(x)
    return a * b + math.atan2(x, y) + math.hypot(x, y) + math.copysign(x, -y) + math.fabs(-x)


@scenario(0.0, kink=True, reference=lambda x: 0.0, full=True)
def kink_of_abs(x):
    return abs(x)
