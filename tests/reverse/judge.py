"""What the derivative of a random program is, by oracles that share nothing with reverse mode, and what reverse mode says.

The measure is the program itself, run by plain Python on numbers that carry derivatives (`tests.oracle`); the partials of
elementary functions come from complex steps here, which is a hundred times faster than that oracle's own mpmath and knows
no formula of a derivative either. A second oracle, the complex step of the whole program, checks the first where the
program is analytic; forward mode is a third.
"""

import contextlib
import signal
import types
import warnings
from dataclasses import dataclass, replace

import numba as nb
import numpy as np
from numba.core.dispatcher import Dispatcher

import dualad as ad
from dualad.api.reverse import jitted_adjoint
from dualad.reverse.assume import assume
from tests.oracle import differentiate, elementary, is_active, leaves
from tests.oracle.interpreter import on_numbers
from tests.oracle.namespaces import numbers
from tests.reverse.programs import load

STEP = 1e-100  # no subtraction, so that nothing is lost however small
LARGE = 1e4  # beyond, a program is too wild to be compared


class Unsuitable(Exception):
    """The program has no derivative to compare: it fails, overflows, or magnifies rounding without bound."""


@dataclass(frozen=True)
class Reference:
    """Values of the outputs and, for each output leaf and each active argument, the Jacobian's block."""

    values: list
    blocks: list

    def cotangents(self, seeds):
        """Seeds times Jacobian: one cotangent per active argument."""
        columns = zip(*self.blocks, strict=True)
        return [
            sum(np.tensordot(w, block, axes=np.ndim(w)) for w, block in zip(seeds, column, strict=True))
            for column in columns
        ]


def by_numbers(case):
    """`Reference` of a case, from plain Python."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), steps_as_partials(), limited(3.0):
            warnings.simplefilter("ignore")
            outputs = case.out_argnums or None
            value, jacobian = differentiate(load(case), case.args(), case.argnums, 1, outputs)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        NameError,
        TypeError,
        ValueError,
        NotImplementedError,
        TimeoutError,
    ) as error:
        raise Unsuitable(f"plain Python fails: {error!r}") from error
    values = leaves(value)
    flat = leaves(jacobian)
    count = len(case.argnums)
    blocks = [flat[k : k + count] for k in range(0, len(flat), count)]
    if len(blocks) != len(values) or not all(is_active(v) for v in values):
        raise Unsuitable("an output carries no derivative")
    for leaf in (*values, *flat):
        if not np.all(np.abs(leaf) < LARGE):
            raise Unsuitable("values too large")
    return Reference(values, blocks)


@contextlib.contextmanager
def limited(seconds):
    """Raise TimeoutError in plain Python that runs longer: a program made smaller may lose the end of a loop."""

    def stop(*_):
        raise TimeoutError

    kept = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, kept)


@contextlib.contextmanager
def steps_as_partials():
    """Let the oracle take partials by complex steps."""

    def partials(name, x):
        function = getattr(np, elementary.ALIASES.get(name, name))
        return function(complex(x, STEP)).imag / STEP, np.nan

    def partials_of_pair(name, x, y):
        raise NotImplementedError(name)

    kept = elementary.partials, elementary.partials_of_pair
    elementary.partials, elementary.partials_of_pair = partials, partials_of_pair
    try:
        yield
    finally:
        elementary.partials, elementary.partials_of_pair = kept


def by_complex_step(case, direction):
    """Tangents of the outputs along a direction in the active arguments, or None where the program is not analytic."""
    if any(name in case.source for name in ("abs(", "np.minimum", "np.maximum")):
        return None  # other functions, of complex numbers; comparisons fail by themselves
    case = replace(case, source=case.source.replace("math.", "np."))  # which takes complex numbers
    args = list(case.args())
    for k, along in zip(case.argnums, direction, strict=True):
        moved = args[k] + 1j * STEP * along
        args[k] = numbers(moved) if isinstance(moved, np.ndarray) else complex(moved)
    args = [numbers(a) for a in args]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = on_numbers(load(case))(*args)
    except (TypeError, NotImplementedError, ArithmeticError):
        return None
    outputs = [args[k] for k in case.out_argnums] if case.out_argnums else leaves(result)
    return [np.imag(np.array(leaf, dtype=complex)) / STEP for leaf in outputs]


def by_forward_mode(case):
    """Blocks of the Jacobian from forward mode, compiled."""
    jacobian = ad.jacobian(load(case), case.argnums, mode="forward", out_argnums=case.out_argnums or None)(*case.args())
    flat = leaves(jacobian)
    return [flat[k : k + len(case.argnums)] for k in range(0, len(flat), len(case.argnums))]


# -- reverse mode


def by_reverse_mode(case, seeds, jitted):
    """Values and cotangents as the generated adjoint returns them, run by plain Python or compiled."""
    from dualad.reverse import adjoint

    function, args = load(case), case.args()
    made = adjoint(
        function,
        tuple(nb.typeof(a) for a in args),
        case.argnums,
        out_argnums=case.out_argnums,
        seeded=True,
        with_value=True,
    )
    run = compiled(made.function) if jitted else plain(made.function)
    limit = contextlib.nullcontext() if jitted else limited(20.0)  # an interrupted compiler is left in any state
    with warnings.catch_warnings(), np.errstate(all="ignore"), limit:
        warnings.simplefilter("ignore")
        result = run(*args, *seeds)
    outputs = len(result) - len(case.argnums)
    return list(result[:outputs]), list(result[outputs:])


def compiled(function):
    """An adjoint as the operators compile it."""
    return jitted_adjoint(function, {"error_model": "numpy"})


def plain(function, done=None):
    """A function and all jitted functions that it calls as plain Python, whose uninitialised memory is NaN, so that it shows."""
    done = {} if done is None else done
    function = function.py_func if isinstance(function, Dispatcher) else function
    if function not in done:
        space = dict(function.__globals__)
        made = types.FunctionType(
            function.__code__, space, function.__name__, function.__defaults__, function.__closure__
        )
        made.__kwdefaults__ = function.__kwdefaults__
        done[function] = made
        for name in function.__code__.co_names:
            value = space.get(name)
            if value is np:
                space[name] = MARKED
            elif value is np.empty or value is np.empty_like:
                space[name] = getattr(MARKED, value.__name__)
            elif value is assume:
                space[name] = assure
            elif isinstance(value, Dispatcher):
                space[name] = plain(value, done)
            elif isinstance(value, types.FunctionType) and "dualad" in (value.__module__ or ""):
                space[name] = plain(value, done)
    return done[function]


def spaces(run):
    """Globals of an adjoint that plain Python runs, and of the functions that were generated beside it."""
    own = run.__globals__
    beside = [v for v in own.values() if isinstance(v, types.FunctionType) and v.__module__ == run.__module__]
    return [own, *(function.__globals__ for function in beside)]


def assure(condition):
    """What compiled code only assumes is asked here."""
    assert condition, "an assumption that is false"


class _Marked(types.ModuleType):
    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def empty(shape, dtype=float):
        return _Marked.mark(np.empty(shape, dtype))

    @staticmethod
    def empty_like(array, dtype=None):
        return _Marked.mark(np.empty_like(array, dtype))

    @staticmethod
    def mark(array):
        if array.dtype.kind in "fc":
            array.fill(np.nan)
        elif array.dtype.kind == "i":
            array.fill(987654321)
        return array


MARKED = _Marked("numpy")


# -- comparison


def near(actual, expected, tolerance):
    """Whether two lists of leaves agree, to a tolerance relative to the largest entry of all."""
    if len(actual) != len(expected):
        return False
    scale = max([1.0, *(np.max(np.abs(e), initial=0.0) for e in expected)])
    return all(
        np.shape(a) == np.shape(e) and bool(np.all(np.abs(np.asarray(a) - np.asarray(e)) <= tolerance * scale))
        for a, e in zip(actual, expected, strict=True)
    )


def seeds_of(reference, rng):
    """A random cotangent for every output leaf."""
    draw = np.random.default_rng(rng.randrange(2**32))
    return [
        draw.uniform(0.5, 1.5, np.shape(v)) if np.ndim(v) else float(draw.uniform(0.5, 1.5)) for v in reference.values
    ]
