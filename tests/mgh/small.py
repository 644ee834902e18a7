"""Problems 1 to 19: residuals of a fixed number of unknowns, most of them fits of measured data."""

import numpy as np


def rosenbrock(x):
    r = np.empty(2, x.dtype)
    r[0] = 10.0 * (x[1] - x[0] ** 2)
    r[1] = 1.0 - x[0]
    return r


def freudenstein_roth(x):
    r = np.empty(2, x.dtype)
    r[0] = -13.0 + x[0] + ((5.0 - x[1]) * x[1] - 2.0) * x[1]
    r[1] = -29.0 + x[0] + ((x[1] + 1.0) * x[1] - 14.0) * x[1]
    return r


def powell_badly_scaled(x):
    r = np.empty(2, x.dtype)
    r[0] = 1e4 * x[0] * x[1] - 1.0
    r[1] = np.exp(-x[0]) + np.exp(-x[1]) - 1.0001
    return r


def brown_badly_scaled(x):
    r = np.empty(3, x.dtype)
    r[0] = x[0] - 1e6
    r[1] = x[1] - 2e-6
    r[2] = x[0] * x[1] - 2.0
    return r


BEALE = np.array([1.5, 2.25, 2.625])


def beale(x):
    r = np.empty(3, x.dtype)
    for i in range(3):
        r[i] = BEALE[i] - x[0] * (1.0 - x[1] ** (i + 1))
    return r


def jennrich_sampson(x):
    r = np.empty(10, x.dtype)
    for i in range(1, 11):
        r[i - 1] = 2.0 + 2.0 * i - (np.exp(i * x[0]) + np.exp(i * x[1]))
    return r


def helical_valley(x):
    turns = np.arctan(x[1] / x[0]) / (2.0 * np.pi)
    if x[0] < 0.0:
        turns += 0.5
    r = np.empty(3, x.dtype)
    r[0] = 10.0 * (x[2] - 10.0 * turns)
    r[1] = 10.0 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1.0)
    r[2] = x[2]
    return r


BARD = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39])


def bard(x):
    r = np.empty(15, x.dtype)
    for i in range(15):
        u, v = i + 1, 15 - i
        r[i] = BARD[i] - (x[0] + u / (v * x[1] + min(u, v) * x[2]))
    return r


HALF_BELL = np.array([0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989])


def gaussian(x):
    r = np.empty(15, x.dtype)
    for i in range(15):
        t = (7 - i) / 2.0
        r[i] = x[0] * np.exp(-0.5 * x[1] * (t - x[2]) ** 2) - HALF_BELL[min(i, 14 - i)]
    return r


MEYER = np.array(
    [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872], float
)


def meyer(x):
    """Resistance of a thermistor by temperature."""
    r = np.empty(16, x.dtype)
    for i in range(16):
        r[i] = x[0] * np.exp(x[1] / (50.0 + 5.0 * i + x[2])) - MEYER[i]
    return r


def gulf(x):
    r = np.empty(99, x.dtype)
    for i in range(99):
        t = (i + 1) / 100.0
        apart = 25.0 + (-50.0 * np.log(t)) ** (2.0 / 3.0) - x[1]
        r[i] = np.exp(-((apart * apart) ** (0.5 * x[2])) / x[0]) - t  # the absolute value to the power x[2]
    return r


def box(x):
    r = np.empty(10, x.dtype)
    for i in range(10):
        t = 0.1 * (i + 1)
        r[i] = np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10.0 * t))
    return r


def powell_singular(x):
    r = np.empty(4, x.dtype)
    r[0] = x[0] + 10.0 * x[1]
    r[1] = np.sqrt(5.0) * (x[2] - x[3])
    r[2] = (x[1] - 2.0 * x[2]) ** 2
    r[3] = np.sqrt(10.0) * (x[0] - x[3]) ** 2
    return r


def wood(x):
    r = np.empty(6, x.dtype)
    r[0] = 10.0 * (x[1] - x[0] ** 2)
    r[1] = 1.0 - x[0]
    r[2] = np.sqrt(90.0) * (x[3] - x[2] ** 2)
    r[3] = 1.0 - x[2]
    r[4] = np.sqrt(10.0) * (x[1] + x[3] - 2.0)
    r[5] = (x[1] - x[3]) / np.sqrt(10.0)
    return r


KOWALIK_OSBORNE = np.array(
    [
        [4.0, 0.1957],
        [2.0, 0.1947],
        [1.0, 0.1735],
        [0.5, 0.1600],
        [0.25, 0.0844],
        [0.167, 0.0627],
        [0.125, 0.0456],
        [0.1, 0.0342],
        [0.0833, 0.0323],
        [0.0714, 0.0235],
        [0.0625, 0.0246],
    ]
)


def kowalik_osborne(x):
    """Speed of an enzyme's reaction by the concentration."""
    r = np.empty(11, x.dtype)
    for i in range(11):
        u, speed = KOWALIK_OSBORNE[i]
        r[i] = speed - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3])
    return r


def brown_dennis(x):
    r = np.empty(20, x.dtype)
    for i in range(20):
        t = (i + 1) / 5.0
        r[i] = (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2
    return r


OSBORNE_1 = np.array(
    """.844 .908 .932 .936 .925 .908 .881 .850 .818 .784 .751 .718 .685 .658 .628 .603 .580 .558 .538 .522 .506 .490
    .478 .467 .457 .448 .438 .431 .424 .420 .414 .411 .406""".split(),
    float,
)


def osborne_1(x):
    r = np.empty(33, x.dtype)
    for i in range(33):
        t = 10.0 * i
        r[i] = OSBORNE_1[i] - (x[0] + x[1] * np.exp(-t * x[3]) + x[2] * np.exp(-t * x[4]))
    return r


def biggs(x):
    r = np.empty(13, x.dtype)
    for i in range(13):
        t = 0.1 * (i + 1)
        y = np.exp(-t) - 5.0 * np.exp(-10.0 * t) + 3.0 * np.exp(-4.0 * t)
        r[i] = x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y
    return r


OSBORNE_2 = np.array(
    """1.366 1.191 1.112 1.013 .991 .885 .831 .847 .786 .725 .746 .679 .608 .655 .616 .606 .602 .626 .651 .724 .649 .649
    .694 .644 .624 .661 .612 .558 .533 .495 .500 .423 .395 .375 .372 .391 .396 .405 .428 .429 .523 .562 .607 .653 .672
    .708 .633 .668 .645 .632 .591 .559 .597 .625 .739 .710 .729 .720 .636 .581 .428 .292 .162 .098 .054""".split(),
    float,
)


def osborne_2(x):
    """A spectrum of three lines on a decaying background."""
    r = np.empty(65, x.dtype)
    for i in range(65):
        t = i / 10.0
        model = x[0] * np.exp(-t * x[4])
        for k in range(1, 4):
            model += x[k] * np.exp(-((t - x[k + 7]) ** 2) * x[k + 4])
        r[i] = OSBORNE_2[i] - model
    return r
