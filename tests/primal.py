"""The program itself, compiled by Numba alone: its values and its effects on arguments are the measure."""

import functools

import numba as nb
from numba.core.dispatcher import Dispatcher


def primal_function(function):
    """`function` compiled with the flags that a derivative's own code has."""
    if isinstance(function, functools.partial):
        inner = primal_function(function.func)
        return lambda *args: inner(*function.args, *args, **function.keywords)
    return nb.njit(error_model="numpy")(function.py_func if isinstance(function, Dispatcher) else function)


def active_positions(s):
    """Positions of the active arguments of a scenario, as a tuple."""
    return (s.argnums,) if isinstance(s.argnums, int) else s.argnums


def call_primal(s):
    """Run a scenario's program as it stands.

    Parameters
    ----------
    s : Scenario

    Returns
    -------
    result : tree
        What the function returns, or what it leaves in its output arguments.
    args : list
        The arguments after the call. An int given for an active argument is the float it counts as.
    """
    active = active_positions(s)
    args = [float(a) if i in active and type(a) is int else a for i, a in enumerate(s.args())]
    result = primal_function(s.function)(*args)
    if s.out_argnums is None:
        return result, args
    return args[s.out_argnums] if isinstance(s.out_argnums, int) else tuple(args[i] for i in s.out_argnums), args
