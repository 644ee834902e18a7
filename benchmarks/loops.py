"""Compiled timing loops: a derivative is called from compiled code, at points that differ a little each time.

The results are summed, so that the compiler can neither hoist a call out of the loop nor drop it. The C++
sources time themselves in the same way.
"""

from numba import njit


def vector_loop(program):
    """``run(x, repeats)`` for a function of one array that returns a vector."""

    @njit
    def run(x, repeats):
        start = x[0]
        total = 0.0
        for r in range(repeats):
            x[0] = start + r * 1e-13
            y = program(x)
            total += y[0] + y[y.size - 1]
        x[0] = start
        return total

    return run


def matrix_loop(program):
    """``run(x, repeats)`` for a function of one array that returns a matrix."""

    @njit
    def run(x, repeats):
        start = x[0]
        total = 0.0
        for r in range(repeats):
            x[0] = start + r * 1e-13
            y = program(x)
            total += y[0, 0] + y[y.shape[0] - 1, y.shape[1] - 1]
        x[0] = start
        return total

    return run


def float_loop(program):
    """``run(x, repeats)`` for a function of one array that returns a float."""

    @njit
    def run(x, repeats):
        start = x[0]
        total = 0.0
        for r in range(repeats):
            x[0] = start + r * 1e-13
            total += program(x)
        x[0] = start
        return total

    return run


def rollout_loop(program):
    """``run(theta, steps, h, repeats)`` for a rollout or its Jacobian."""

    @njit
    def run(theta, steps, h, repeats):
        start = theta[0]
        total = 0.0
        for r in range(repeats):
            theta[0] = start + r * 1e-13
            y = program(theta, steps, h)
            total += y.flat[0]
        theta[0] = start
        return total

    return run
