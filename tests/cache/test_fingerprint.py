"""The fingerprint changes with everything that compiled code depends on, and with nothing else."""

import ctypes
import dis
import functools
import math
import os
import random
import subprocess
import sys
import types as python
from collections import namedtuple
from enum import Enum
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba.core import types
from numba.experimental import jitclass

from dualad.cache.fingerprint import Walker, fingerprint
from dualad.cache.reads import cell_chains, global_chains
from dualad.cache.trust import Unfingerprintable, trusted_name

PREAMBLE = """
import functools, math
from collections import namedtuple
from enum import Enum
from typing import NamedTuple
import numpy as np
from numba import njit, types, vectorize
nan = float("nan")
"""


def make(source: str, filename: str = "<test>", **names):
    """The function `f` that is defined by a piece of source code."""
    scope = {"__name__": "some_module", **names}
    exec(compile(PREAMBLE + source, filename, "exec"), scope)
    return scope["f"]


DIFFERENT = {
    "operation": ("f = lambda x: x + 1.0", "f = lambda x: x - 1.0"),
    "constant": ("f = lambda x: x + 1.0", "f = lambda x: x + 2.0"),
    "int and float constant": ("f = lambda x: x + 1", "f = lambda x: x + 1.0"),
    "bool and int constant": ("f = lambda x: (x, True)", "f = lambda x: (x, 1)"),
    "sign of zero": ("f = lambda x: x + 0.0", "f = lambda x: x + -0.0"),
    "text and bytes": ("f = lambda x: (x, 'a')", "f = lambda x: (x, b'a')"),
    "set of constants": ("f = lambda x: x in {1, 2}", "f = lambda x: x in {1, 3}"),
    "constant of an inner function": (
        "def f(x):\n def g(y): return y * 2.0\n return g(x)",
        "def f(x):\n def g(y): return y * 3.0\n return g(x)",
    ),
    "global of an inner function": (
        "K = 1.0\ndef f(x):\n return [K * y for y in (x, x)]",
        "K = 2.0\ndef f(x):\n return [K * y for y in (x, x)]",
    ),
    "global number": ("K = 2.0\nf = lambda x: K * x", "K = 3.0\nf = lambda x: K * x"),
    "type of a global number": ("K = 2\nf = lambda x: K * x", "K = 2.0\nf = lambda x: K * x"),
    "NumPy number": ("K = np.float32(2)\nf = lambda x: K * x", "K = np.float64(2)\nf = lambda x: K * x"),
    "NaN and a number": ("K = nan\nf = lambda x: K * x", "K = 0.0\nf = lambda x: K * x"),
    "global sign of zero": ("K = 0.0\nf = lambda x: K * x", "K = -0.0\nf = lambda x: K * x"),
    "imaginary sign of zero": (
        "K = complex(1, 0.0)\nf = lambda x: K * x",
        "K = complex(1, -0.0)\nf = lambda x: K * x",
    ),
    "global tuple": ("K = (1, (2, 3))\nf = lambda x: K", "K = ((1, 2), 3)\nf = lambda x: K"),
    "tuple and list": ("K = (1, 2)\nf = lambda x: K", "K = [1, 2]\nf = lambda x: K"),
    "element of a list": ("K = [1, [2]]\nf = lambda x: K", "K = [1, [3]]\nf = lambda x: K"),
    "item of a dict": ("K = {'a': 1}\nf = lambda x: K['a']", "K = {'a': 2}\nf = lambda x: K['a']"),
    "array element": ("A = np.zeros(3)\nf = lambda x: A[0]", "A = np.eye(3)[1]\nf = lambda x: A[0]"),
    "array dtype": ("A = np.zeros(3, 'i8')\nf = lambda x: A", "A = np.zeros(3)\nf = lambda x: A"),
    "array shape": ("A = np.zeros((2, 3))\nf = lambda x: A", "A = np.zeros((3, 2))\nf = lambda x: A"),
    "array order": (
        "A = np.zeros((2, 3))\nf = lambda x: A",
        "A = np.zeros((2, 3), order='F')\nf = lambda x: A",
    ),
    "array stride": ("A = np.zeros(6)[::2]\nf = lambda x: A", "A = np.zeros(3)\nf = lambda x: A"),
    "default": ("def f(x, k=1.0): return x", "def f(x, k=2.0): return x"),
    "keyword default": ("def f(x, *, k=1.0): return x", "def f(x, *, k=2.0): return x"),
    "name of a parameter": ("def f(x): return x", "def f(y): return y"),
    "closure cell": (
        "def m(c): return lambda x: c * x\nf = m(1.0)",
        "def m(c): return lambda x: c * x\nf = m(2.0)",
    ),
    "callee": (
        "def h(x): return x\ndef g(x): return h(x)\ndef f(x): return g(x)",
        "def h(x): return -x\ndef g(x): return h(x)\ndef f(x): return g(x)",
    ),
    "jitted callee": (
        "h = njit(lambda x: x)\ng = njit(lambda x: h(x))\nf = lambda x: g(x)",
        "h = njit(lambda x: -x)\ng = njit(lambda x: h(x))\nf = lambda x: g(x)",
    ),
    "callee in a closure": (
        "def m(g): return lambda x: g(x)\nf = m(njit(lambda x: x))",
        "def m(g): return lambda x: g(x)\nf = m(njit(lambda x: -x))",
    ),
    "callee in a tuple": (
        "G = (math.sin, lambda x: x)\nf = lambda x: G[1](x)",
        "G = (math.sin, lambda x: -x)\nf = lambda x: G[1](x)",
    ),
    "option of a jitted function": ("f = njit(lambda x: x)", "f = njit(fastmath=True)(lambda x: x)"),
    "set of options": (
        "f = njit(fastmath={'nnan', 'nsz'})(lambda x: x)",
        "f = njit(fastmath={'nnan', 'ninf'})(lambda x: x)",
    ),
    "jitted or not": ("f = lambda x: x", "f = njit(lambda x: x)"),
    "return type asked for": ("f = njit('f8(f8)')(lambda x: x)", "f = njit('f4(f8)')(lambda x: x)"),
    "return type asked for later": (
        "f = njit(lambda x: x)\nf.compile('f8(f8)')",
        "f = njit(lambda x: x)\nf.compile('f4(f8)')",
    ),
    "local variable types": (
        "f = njit(locals={'y': types.float32})(lambda x: x)",
        "f = njit(locals={'y': types.float64})(lambda x: x)",
    ),
    "vectorized callee": (
        "g = vectorize(lambda x: x)\nf = lambda x: g(x)",
        "g = vectorize(lambda x: -x)\nf = lambda x: g(x)",
    ),
    "bound argument": (
        "f = functools.partial(lambda k, x: x, 1.0)",
        "f = functools.partial(lambda k, x: x, 2.0)",
    ),
    "bound keyword": (
        "f = functools.partial(lambda k, x: x, x=1.0)",
        "f = functools.partial(lambda k, x: x, k=1.0)",
    ),
    "function of a library": ("f = lambda x: np.sin(x)", "f = lambda x: np.cos(x)"),
    "library that a name means": ("m = math\nf = lambda x: m.sin(x)", "m = np\nf = lambda x: m.sin(x)"),
    "hidden built-in": ("f = lambda x: abs(x)", "def abs(x): return x\nf = lambda x: abs(x)"),
    "field of a NamedTuple": (
        "P = namedtuple('P', 'a b')\nf = lambda x: P(x, 2)",
        "P = namedtuple('P', 'a c')\nf = lambda x: P(x, 2)",
    ),
    "value of a NamedTuple": (
        "p = namedtuple('P', 'a')(1.0)\nf = lambda x: p.a",
        "p = namedtuple('P', 'a')(2.0)\nf = lambda x: p.a",
    ),
    "NamedTuple and tuple": ("p = namedtuple('P', 'a')(1.0)\nf = lambda x: p", "p = (1.0,)\nf = lambda x: p"),
    "method of a class of its own": (
        "class P(NamedTuple):\n x: int\n def m(self): return 1\nf = lambda x: P(x)",
        "class P(NamedTuple):\n x: int\n def m(self): return 2\nf = lambda x: P(x)",
    ),
    "attribute of a class of its own": (
        "class E(Exception):\n a = 1\nf = lambda x: E(x)",
        "class E(Exception):\n a = 2\nf = lambda x: E(x)",
    ),
    "value of an enumeration": (
        "E = Enum('E', {'A': 1, 'B': 2})\nf = lambda x: E.A",
        "E = Enum('E', {'A': 1, 'B': 3})\nf = lambda x: E.A",
    ),
    "recursive function": (
        "def f(n): return n if n < 1 else f(n - 1)",
        "def f(n): return n if n < 1 else f(n - 2)",
    ),
    "one of two that call each other": (
        "def f(n): return g(n - 1)\ndef g(n): return f(n - 1)",
        "def f(n): return g(n - 1)\ndef g(n): return f(n - 2)",
    ),
    "which of two callees": (
        "def g(x): return x\ndef h(x): return -x\nf = lambda x: (g(x), h(x), g(x))",
        "def g(x): return x\ndef h(x): return -x\nf = lambda x: (g(x), h(x), h(x))",
    ),
    "callee and value": ("def g(x): return x\nf = lambda x: g", "g = 1.0\nf = lambda x: g"),
    "missing name": ("f = lambda x: later(x)", "later = math.sin\nf = lambda x: later(x)"),
    "Numba type": ("T = types.float32\nf = lambda x: T(x)", "T = types.float64\nf = lambda x: T(x)"),
    "dtype": ("T = np.dtype('f4')\nf = lambda x: T", "T = np.dtype('f8')\nf = lambda x: T"),
}


@pytest.mark.parametrize("change", DIFFERENT)
def test_every_change_is_seen(change):
    before, after = (fingerprint(make(source)) for source in DIFFERENT[change])
    assert before is not None and after is not None
    assert before != after
    # what is the same stays the same, though every object in it is another one
    assert fingerprint(make(DIFFERENT[change][0])) == before


def test_place_and_comments_do_not_matter():
    source = "def g(x):\n    return x * K\nK = 2.0\ndef f(x):\n    return g(x)"
    moved = "# a comment\n\n\n" + source.replace("x * K", "(x\n        * K)")
    assert fingerprint(make(source)) == fingerprint(make(moved, "/elsewhere/file.py"))


def test_module_matters():
    """A cached result is loaded together with the modules of its functions."""
    assert fingerprint(make("f = lambda x: x")) != fingerprint(make("f = lambda x: x", __name__="other"))


def test_unused_globals_do_not_matter():
    assert fingerprint(make("K = 1\nf = lambda x: x.K")) == fingerprint(make("K = 2\nf = lambda x: x.K"))


def test_what_a_process_has_compiled_does_not_matter():
    f = make("f = njit(lambda x: x + 1.0)")
    before = fingerprint(f)
    f(1.0)
    assert f.signatures and fingerprint(f) == before


def test_attributes_of_modules_are_followed():
    package, module = python.ModuleType("package"), python.ModuleType("package.module")
    package.module, module.factor, module.unused = module, 2.0, object()
    module.callee = make("f = lambda x: x")
    f = make("f = lambda x: package.module.callee(x) * package.module.factor", package=package)
    prints = [fingerprint(f)]
    module.factor = 3.0
    prints.append(fingerprint(f))
    module.callee = make("f = lambda x: -x")
    prints.append(fingerprint(f))
    del module.callee
    prints.append(fingerprint(f))
    assert None not in prints and len(set(prints)) == 4


def test_modules_in_closures_are_followed():
    def factory(module):
        def f(x):
            return [module.factor * y for y in x], (lambda: module.offset)

        return f

    module = python.ModuleType("settings")
    module.factor, module.offset, module.unused = 1.0, 2.0, object()
    prints = [fingerprint(factory(module))]
    module.factor = 3.0
    prints.append(fingerprint(factory(module)))
    module.offset = 4.0
    prints.append(fingerprint(factory(module)))
    assert None not in prints and len(set(prints)) == 3


def test_mutable_values_are_looked_at_again():
    array, listed = np.zeros(1000), [1.0]
    f = make("f = lambda x: A[0] + L[0]", A=array, L=listed)
    prints = [fingerprint(f)]
    array[999] = 1e-300
    prints.append(fingerprint(f))
    listed[0] = 2.0
    prints.append(fingerprint(f))
    assert len(set(prints)) == 3


@numba.njit
def deep(n):
    return n


@jitclass([("x", types.float64)])
class Jitclass:
    def __init__(self):
        self.x = 0.0


class Namespace:
    constant = 1.0


UNKNOWN = {
    "object": make("f = lambda x: K", K=object()),
    "object in a tuple": make("f = lambda x: K", K=(1, [object()])),
    "class as a namespace": make("f = lambda x: K.constant", K=Namespace),
    "jitclass": make("f = lambda x: K()", K=Jitclass),
    "instance of a jitclass": make("f = lambda x: K.x", K=Jitclass()),
    "C function": make("f = lambda x: K(x)", K=ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(abs)),
    "array of objects": make("f = lambda x: K", K=np.array([None])),
    "typed list": make("f = lambda x: K[0]", K=numba.typed.List([1.0])),
    "generator": make("f = lambda x: K.random()", K=np.random.default_rng(0)),
    "module given away": make("def f(x):\n m = K\n return m.value", K=python.ModuleType("given")),
    "module as an argument": make("f = lambda x: deep(K)", K=python.ModuleType("given"), deep=deep),
    "import inside": make("def f(x):\n import json\n return x"),
    "import in an inner function": make("def f(x):\n def g():\n  import json\n return x"),
    "method of an object": make("f = lambda x: K(x)", K=random.Random(1).uniform),
    "object two functions down": make("f = lambda x: g(x)", g=make("f = lambda x: K", K=object())),
    "object in a default": make("def f(x, k=K): return x", K=object()),
    "object in a closure": (lambda K: lambda x: K)(object()),
    "tuple nested too deeply": make("f = lambda x: K", K=functools.reduce(lambda t, _: (t,), range(9999), ())),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_cannot_be_seen_has_no_fingerprint(what):
    assert fingerprint(UNKNOWN[what]) is None


def test_the_reason_names_the_place():
    walker = Walker()
    walker.value(UNKNOWN["object two functions down"])
    with pytest.raises(Unfingerprintable, match=r"`K` in `<lambda>`: object of type builtins.object"):
        walker.digest()


def test_borrowed_names_are_not_trusted():
    def impostor(x):
        return x

    for original in (np.sum, math.sin):
        impostor.__name__ = impostor.__qualname__ = original.__name__
        impostor.__module__ = original.__module__
        assert trusted_name(original) is not None and trusted_name(impostor) is None
    replaced = make("def g(x): return x\nf = lambda x: g(x)")
    replaced.__globals__["g"].__module__, replaced.__globals__["g"].__qualname__ = "numpy", "sum"
    assert fingerprint(replaced) != fingerprint(make("g = np.sum\nf = lambda x: g(x)"))


TRUSTED = [np.sin, np.sum, np.linalg.norm, np.random.normal, random.random, math.sin, abs, len, np.float64]
TRUSTED += [numba.prange, numba.literal_unroll, numba.typed.List, np.zeros, ValueError]


@pytest.mark.parametrize("function", TRUSTED, ids=lambda f: f.__name__)
def test_functions_of_libraries_are_known_by_name(function):
    assert trusted_name(function) is not None


def test_methods_of_ufuncs_differ():
    add, multiply = (
        make("f = lambda x: g(x)", g=np.add.reduce),
        make("f = lambda x: g(x)", g=np.multiply.reduce),
    )
    assert None is not fingerprint(add) != fingerprint(multiply) is not None


def test_values_that_contain_themselves():
    listed: list = [1.0]
    listed.append(listed)
    other: list = [2.0]
    other.append(other)
    assert None is not fingerprint(make("f = lambda x: K", K=listed)) != fingerprint(make("f = lambda x: K", K=other))


def test_long_chains_of_functions():
    source = "\n".join(f"def g{i}(x): return g{i + 1}(x)" for i in range(3000))
    ends = [fingerprint(make(f"{source}\ndef g3000(x): return x + {c}\nf = g0")) for c in (1, 2)]
    assert None not in ends and ends[0] != ends[1]


class Hooked:
    def __init__(self, *described):
        self.described = described

    def __dualad_fingerprint__(self):
        return self.described[0] if self.described == (None,) else self.described


def test_objects_describe_themselves():
    first, same, second = Hooked("grad", 1), Hooked("grad", 1), Hooked("grad", 2)
    assert fingerprint(first) == fingerprint(same) != fingerprint(second)
    assert fingerprint(Hooked(None)) is None
    assert fingerprint(Hooked(object())) is None


def test_objects_that_describe_themselves_may_form_cycles():
    def cyclic(factor):
        f = make("f = lambda x: factor * x + derivative(x)", factor=factor)
        f.__globals__["derivative"] = Hooked("grad", f)
        return f

    assert None is not fingerprint(cyclic(1.0)) == fingerprint(cyclic(1.0)) != fingerprint(cyclic(2.0))


class Point(NamedTuple):
    x: float
    y: float = 1.0

    def norm(self):
        return math.hypot(self.x, self.y) + Point(0.0).x


class Colour(Enum):
    RED = 1


class ModelError(ValueError):
    pass


@pytest.mark.parametrize("cls", [Point, Colour, ModelError, namedtuple("Local", "a"), type("E", (ModelError,), {})])
def test_classes(cls):
    assert fingerprint(make("f = lambda x: cls", cls=cls)) is not None


def test_types_of_arguments():
    one, other, same = (make(f"f = njit(lambda x: x + {c})") for c in (1, 2, 1))
    given = [one, other, same]
    prints = [fingerprint(types.UniTuple(types.Dispatcher(f), 2)) for f in given]
    assert None is not prints[0] == prints[2] != prints[1]
    assert fingerprint(types.Omitted(1.0)) != fingerprint(types.Omitted(2.0))
    assert fingerprint(types.literal(1)) != fingerprint(types.literal(2))
    assert fingerprint(types.Array(types.float64, 2, "C")) != fingerprint(types.Array(types.float64, 2, "F"))
    assert fingerprint(numba.typeof(Jitclass())) is None


def test_other_dispatchers_must_describe_themselves():
    class Special(type(deep)):
        pass

    assert fingerprint(Special(deep.py_func, targetoptions={"nopython": True})) is None


SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from dualad.cache.fingerprint import fingerprint
import measured
print(fingerprint(measured.f))
"""
MEASURED = """
from enum import Enum
from typing import NamedTuple
import numpy as np
from numba import njit
A = np.arange(5.0)
class Point(NamedTuple):
    x: float
class Colour(Enum):
    RED = 1
@njit(fastmath={"nnan", "nsz", "ninf"}, error_model="numpy")
def g(x):
    return np.linalg.norm(A) * x
def f(x):
    return Point(g(x)), Colour.RED, "a" in {"a", "b", "c", "d"}, {1: 2.0}
"""


def test_processes_agree(tmp_path):
    (tmp_path / "measured.py").write_text(MEASURED)
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", SCRIPT.format(folder=str(tmp_path))]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(found) == 1 and len(found.pop().strip()) == 64


def test_bytecode_with_long_operands():
    lines = "".join(f"    v{i} = g{i}(x) + a.b{i}.c{i}(x)\n" for i in range(400))
    code = make(f"def f(x):\n{lines}    return v1").__code__
    expected = {(f"g{i}",) for i in range(400)} | {("a", f"b{i}", f"c{i}") for i in range(400)}
    assert set(global_chains(code)) == expected


def test_bytecode_of_real_functions():
    """Loads found by the fast scan are those that `dis` shows."""
    for function in (dis.findlinestarts, functools.wraps, np.linalg.norm.__wrapped__, subprocess.run):
        code = function.__code__
        shown = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
        assert {chain[0] for chain in global_chains(code)} == shown


def test_cells_of_inner_functions():
    def outer(module, other):
        def f(x):
            return module.a.b(x), [module.c for _ in x], (lambda: lambda: module.d(other.e))

        return f

    assert set(cell_chains(outer(1, 2).__code__, "module")) == {
        ("module", "a", "b"),
        ("module", "c"),
        ("module", "d"),
    }
