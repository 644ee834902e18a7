"""Programs run by plain Python on `np.longdouble`, and their derivatives by differences: no rule of dualad takes part.

With 64 bits of mantissa, fourth-order differences are right to 1e-14 in first derivatives and to 1e-9 in second ones,
through branches too.
"""

import types

import numpy as np
from numba.core.dispatcher import Dispatcher

FIRST = np.longdouble(5e-5)  # step, relative to an argument
SECOND = np.longdouble(1.5e-4)  # step for arguments of about one
WIDE = np.finfo(np.longdouble).eps < 1e-18


class _Wide:
    """NumPy, also in the place of `math`, whose new arrays are wide."""

    def __getattr__(self, name):
        return getattr(np, name)

    def zeros(self, shape):
        return np.zeros(shape, np.longdouble)

    def empty(self, shape):
        return np.zeros(shape, np.longdouble)


def widened(function):
    """A program, and the jitted functions that it calls, on wide numbers."""
    function = getattr(function, "py_func", function)
    space = function.__globals__ | {"np": _Wide(), "math": _Wide()}
    for name in function.__code__.co_names:
        if isinstance(space.get(name), Dispatcher):
            space[name] = widened(space[name])
    return types.FunctionType(function.__code__, space, function.__name__, None, function.__closure__)


def wide(value):
    if isinstance(value, np.ndarray):
        return value.astype(np.longdouble)
    return np.longdouble(value) if isinstance(value, float) else value


def moved(args, at, direction, distance):
    """Arguments, all of them copies, the one at `at` further along a direction."""
    found = [value.copy() if isinstance(value, np.ndarray) else value for value in args]
    found[at] = found[at] + distance * direction
    return found


def along(function, args, at, direction, step):
    """Derivative of `function(*args)` along a direction, by differences of fourth order."""
    near = function(*moved(args, at, direction, step)) - function(*moved(args, at, direction, -step))
    far = function(*moved(args, at, direction, 2 * step)) - function(*moved(args, at, direction, -2 * step))
    return (8 * near - far) / (12 * step)


def units(value):
    """One direction for each entry."""
    if not isinstance(value, np.ndarray):
        return [np.longdouble(1)]
    return [np.eye(value.size, dtype=np.longdouble)[k].reshape(value.shape) for k in range(value.size)]


def gradient(function, args, at):
    """Slopes by all entries of an argument."""
    program, args = widened(function), [wide(value) for value in args]
    scale = np.max(np.abs(args[at])) or 1.0
    found = [along(program, args, at, unit, FIRST * scale) for unit in units(args[at])]
    return np.array(found, float).reshape(np.shape(args[at]))


def hessian_times(function, args, at, vector):
    """Second derivatives by each entry of an argument and along a vector."""
    program, args, vector = widened(function), [wide(value) for value in args], wide(vector)

    def slope(*inner):
        return along(program, inner, at, vector, SECOND)

    found = [along(slope, args, at, unit, SECOND) for unit in units(args[at])]
    return np.array(found, float).reshape(np.shape(args[at]))
