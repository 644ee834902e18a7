"""A scenario through the generated adjoint: values and cotangents, and what these have to be."""

import functools
import inspect
import warnings

import numba as nb
import numpy as np
from numba.core.dispatcher import Dispatcher

from dualad.reverse import adjoint
from tests.compare import assert_close
from tests.oracle import evaluate, is_active, leaves
from tests.primal import active_positions, call_primal
from tests.reverse.judge import compiled, plain
from tests.scenarios.corpus import fresh, reference_of


def arguments(s):
    """Fresh arguments, defaults included; an int given for an active argument is the float it counts as."""
    active, args = active_positions(s), list(s.args())
    function = s.function.py_func if isinstance(s.function, Dispatcher) else s.function
    if inspect.isfunction(function):
        defaults = [p.default for p in inspect.signature(function).parameters.values()]
        args += [value for value in defaults[len(args) :] if value is not inspect.Parameter.empty]
    return [float(a) if i in active and type(a) is int else a for i, a in enumerate(args)]


def whole(s):
    """The function of a scenario; a `functools.partial` or one of `*args` as a function of the arguments that are given."""
    function = s.function
    starred = inspect.isfunction(function) and function.__code__.co_flags & inspect.CO_VARARGS
    if not isinstance(function, functools.partial) and not starred:
        return function
    function = functools.partial(function) if starred else function
    inner = function.func if isinstance(function.func, Dispatcher) else nb.njit(function.func)
    space = {"inner": inner} | {f"c{k}": c for k, c in enumerate(function.args)} | function.keywords
    free = [f"a{k}" for k in range(len(s.args()))]
    given = [*(f"c{k}" for k in range(len(function.args))), *free, *(f"{name}={name}" for name in function.keywords)]
    exec(f"def f({', '.join(free)}): return inner({', '.join(given)})", space)
    return space["f"]


def outputs(s):
    """Leaves of what a scenario's program returns, by plain Python where that can run it."""
    try:
        return leaves(evaluate(s.function, s.args(), s.out_argnums))
    except Exception:  # the oracle has no stand-in for something in it
        return leaves(call_primal(s)[0])


def output_seeds(s, rng):
    """A cotangent for every output leaf: real, or complex where the output is; zero where it cannot carry a derivative."""
    given = [leaf for leaf in leaves(tuple(s.args())) if is_active(leaf)]
    single = any(np.asarray(leaf).dtype == np.float32 for leaf in given)

    def seed(leaf):
        if not is_active(leaf):
            return np.zeros(np.shape(leaf)) if np.ndim(leaf) else 0.0
        complexity = np.asarray(leaf).dtype.kind == "c" or any(isinstance(e, complex) for e in np.ravel(leaf))
        draw = rng.uniform(0.5, 1.5, np.shape(leaf))
        draw = draw + 1j * rng.uniform(0.5, 1.5, np.shape(leaf)) if complexity else draw
        draw = draw.astype(np.complex64 if complexity else np.float32) if single else draw
        return draw if np.ndim(leaf) else (draw.item() if not single else draw[()])

    return [seed(leaf) for leaf in outputs(s)]


def expected_cotangents(s, seeds):
    """Seeds times Jacobian, for every active leaf of the active arguments; the real part where the argument is real."""
    inputs = leaves(tuple(arguments(s)[i] for i in active_positions(s)))
    seeds = [w for w, leaf in zip(seeds, outputs(s), strict=True) if is_active(leaf)]
    blocks = [leaf for leaf in leaves(reference_of(s, s.args())) if leaf is not None]
    count = sum(map(is_active, inputs))
    found = []
    for i, leaf in enumerate(leaf for leaf in inputs if is_active(leaf)):
        terms = (np.tensordot(w, blocks[k * count + i], axes=np.ndim(w)) for k, w in enumerate(seeds))
        total = sum(terms, np.zeros(np.shape(leaf)))
        found.append(total if np.asarray(leaf).dtype.kind == "c" else np.real(total))
    return found


def check_adjoint(s, jitted, tolerance=None):
    """Fail unless the adjoint of a scenario returns the right values and cotangents."""
    rng = np.random.default_rng(5)
    seeds = output_seeds(s, rng)
    values, actual = pull_back(s, seeds, jitted)
    if not agree(values, outputs(s), s.tolerance):  # plain Python does not truncate arguments as signatures do
        assert agree(values, leaves(call_primal(s)[0]), s.tolerance), f"value of {s.name}: {values}"
    expected = expected_cotangents(s, seeds)
    assert_close(actual, expected, tolerance or max(s.tolerance, 1e-12), s.name)


def agree(values, expected, tolerance):
    """Whether two lists of leaves have the same entries, NaN included."""
    tolerance = max(tolerance, 1e-12)
    return all(np.allclose(a, e, tolerance, 1e-14, equal_nan=True) for a, e in zip(values, expected, strict=True))


def pull_back(s, seeds, jitted):
    """The values and cotangents that the adjoint returns for given seeds."""
    outs = s.out_argnums if isinstance(s.out_argnums, tuple) else () if s.out_argnums is None else (s.out_argnums,)
    args = fresh(arguments(s))
    types = tuple(nb.typeof(a) for a in args)
    made = adjoint(whole(s), types, active_positions(s), out_argnums=outs, seeded=True)
    run = compiled(made.function) if jitted else plain(made.function)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = list(run(*args, *(s.copy() if isinstance(s, np.ndarray) else s for s in seeds)))
    return found[: len(seeds)], found[len(seeds) :]
