"""Compiled code comes back in other processes, never for a changed function, whatever the files hold."""

import gc
import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import sigutils, types
from numba.core.registry import cpu_target
from numba.core.typing.templates import builtin_registry
from numba.extending import overload, register_jitable

from dualad.cache import compiled, disk, extensions
from dualad.cache.disk import DiskCache
from dualad.cache.store import Store

PACKAGE = Path(__file__).resolve().parents[2] / "dualad"

# Compiles each function of `measured.ENTRIES` with a cache of its own, and prints what came of it.
RUN = """
import json
import sys
from numba.core.registry import CPUDispatcher
from dualad.cache.disk import DiskCache
import measured

found = {}
for name, (function, arguments) in measured.ENTRIES.items():
    dispatcher = CPUDispatcher(function, targetoptions={"nopython": True, **measured.OPTIONS.get(name, {})})
    cache = dispatcher._cache = DiskCache(function, dispatcher.targetoptions)
    result, expected = dispatcher(*arguments), function(*arguments)
    outcome = {"result": repr(result), "expected": repr(getattr(expected, "item", lambda: expected)())}
    found[name] = {**outcome, "hits": cache.hits, "saves": cache.saves, "problem": cache.problem}
print(json.dumps(found))
"""

MEASURED = """
import math
import numpy as np
from numba import njit, prange, vectorize
import helpers

SCALE = 2.0
TABLE = np.array([1.0, 2.0, 3.0])
OPTIONS = {"parallel": {"parallel": True}}

@njit
def leaf(x):
    return x * x

@njit
def middle(x):
    return leaf(x) + 1.0

def callee(x):
    return middle(x)

def constant(x):
    return x + 1.0

def number_type(x):
    return 3

def table(x):
    return TABLE[1] * x

def scale(x):
    return SCALE * x

def make(factor):
    def closure(x):
        return factor * x
    return closure

def default(x, offset=1.0):
    return x + offset

def other_module(x):
    return helpers.helper(x)

@njit(error_model="numpy")
def divide(x):
    return x / 4.0

def option(x):
    return divide(x)

@vectorize
def double(x):
    return x * 2.0

def ufunc(x):
    return double(x)

def recursive(n):
    return 1.0 if n < 1 else n * recursive_jit(n - 1)

@njit
def recursive_jit(n):
    return 1.0 if n < 1 else n * recursive_jit(n - 1)

def parallel(x):
    total = 0.0
    for i in prange(4):
        total += x * i
    return total

def passed(function, x):
    return function(x)

scope = {}
exec("def generated(x): return [x, 2.0]", scope)  # in a module without a name

lambdas = [lambda x: x + 1.0, lambda x: x + 2.0]

def unchanged(x):
    return math.sin(leaf_of_its_own(x))

@njit
def leaf_of_its_own(x):
    return x + 0.5

ENTRIES = {f.__name__: (f, (1.5,)) for f in (
    callee, constant, number_type, table, scale, make(2.0), default, other_module, option, ufunc, parallel,
    scope["generated"], unchanged)}
ENTRIES["recursive"] = recursive, (5,)
ENTRIES["passed"] = passed, (leaf, 1.5)
ENTRIES["passed lambda"] = passed, (njit(lambda x: x + 1.0), 1.5)
ENTRIES["lambda 0"] = lambdas[0], (1.5,)
ENTRIES["lambda 1"] = lambdas[1], (1.5,)
"""

HELPERS = """
from numba import njit

@njit
def helper(x):
    return -x
"""

# What is edited, by the function that it is seen through.
EDITS = {
    "callee": ("return x * x", "return x * x * x"),
    "constant": ("return x + 1.0\n\ndef number", "return x + 7.0\n\ndef number"),
    "number_type": ("return 3\n", "return 3.0\n"),
    "table": ("[1.0, 2.0, 3.0]", "[1.0, 5.0, 3.0]"),
    "scale": ("SCALE = 2.0", "SCALE = 3.0"),
    "closure": ("make(2.0)", "make(3.0)"),
    "default": ("offset=1.0", "offset=4.0"),
    "option": ('@njit(error_model="numpy")', "@njit"),
    "ufunc": ("return x * 2.0", "return x * 6.0"),
    "recursive": (
        "1.0 if n < 1 else n * recursive_jit(n - 1)\n\ndef parallel",
        "1.0 if n < 2 else n\n\ndef parallel",
    ),
    "parallel": ("total += x * i", "total += x + i"),
    "passed lambda": ("njit(lambda x: x + 1.0)", "njit(lambda x: x + 9.0)"),
    "lambda 0": ("[lambda x: x + 1.0,", "[lambda x: x + 8.0,"),
}
ALSO_EDITED = {"passed", "other_module"}  # through `leaf`, and in the other module


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A folder with a copy of dualad: its source files are part of every key, and may be edited meanwhile."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(PACKAGE, folder / "dualad", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def start(package: Path, folder: Path, program: str) -> subprocess.Popen:
    """A fresh process that runs a program with the cache and the modules in `folder`."""
    (folder / "program.py").write_text(program)
    environment = {**os.environ, "DUALAD_CACHE_DIR": str(folder / "cache")}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(package)])
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # Python would not see an edit within one second
    command = [sys.executable, str(folder / "program.py")]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen):
    """What the process printed as its last line."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def run(package: Path, folder: Path, program: str = RUN):
    return finish(start(package, folder, program))


@pytest.fixture(scope="module")
def populated(tmp_path_factory, package):
    """A folder with a cache that two processes have filled at the same time, and what they found."""
    folder = tmp_path_factory.mktemp("populated")
    (folder / "measured.py").write_text(MEASURED)
    (folder / "helpers.py").write_text(HELPERS)
    processes = [start(package, folder, RUN) for _ in range(2)]
    return folder, [finish(process) for process in processes]


def assert_right(found: dict):
    assert {name: o["result"] for name, o in found.items()} == {name: o["expected"] for name, o in found.items()}


def test_two_processes_fill_one_cache(populated):
    folder, found = populated
    for outcomes in found:
        assert_right(outcomes)
        # each has saved it, unless the other one was faster
        assert {o["hits"] + o["saves"] for o in outcomes.values()} == {1}
    assert {path.suffix for path in (folder / "cache").iterdir()} == {".entry"}


def test_another_process_finds_everything(populated, package):
    found = run(package, populated[0])
    assert_right(found)
    assert {(o["hits"], o["saves"]) for o in found.values()} == {(1, 0)}


def test_nothing_stale_is_found(populated, package):
    folder, _ = populated
    edited = MEASURED
    for before, after in EDITS.values():
        assert edited.count(before) == 1
        edited = edited.replace(before, after)
    (folder / "measured.py").write_text(edited)
    (folder / "helpers.py").write_text(HELPERS.replace("return -x", "return x"))
    found = run(package, folder)
    assert_right(found)
    unchanged = found.keys() - EDITS.keys() - ALSO_EDITED
    assert {name for name, o in found.items() if o["hits"]} == unchanged == {"generated", "unchanged", "lambda 1"}


# Two functions of one name and one type, each with a callee of one name and one type. Numba numbers functions
# from 1 in each process, so without numbers of our own both have the same symbols and may be confused.
NAMESAKES = """
import json
import math
from numba import njit
from dualad.cache.disk import DiskCache

def make(c):
    @njit
    def inner(x):  # long enough to be called, not inlined
        y = x
        for i in range(50):
            y = math.sin(y) * c + i * y
            if y > 1e300:
                raise ValueError("large")
        return c * x
    def outer(x):
        total = 0.0
        for i in range(3):
            total += inner(x + i)
        return total
    return outer

def jitted(c):
    function = make(c)
    dispatcher = njit(function)
    dispatcher._cache = DiskCache(function)
    return dispatcher

found = []
for c in ORDER:
    dispatcher = jitted(c)
    found.append([dispatcher(1.0), dispatcher._cache.hits])
print(json.dumps(found))
"""


def test_functions_of_one_name_are_not_confused(tmp_path, package):
    assert run(package, tmp_path, f"ORDER = [1.0]\n{NAMESAKES}") == [[6.0, 0]]
    assert run(package, tmp_path, f"ORDER = [2.0, 1.0]\n{NAMESAKES}") == [[12.0, 0], [6.0, 1]]


def test_forked_processes_number_functions_apart(package):
    program = (
        "import os, sys\n"
        "from numba.core.bytecode import FunctionIdentity\n"
        "import dualad.cache.compiled\n"
        "next_number = lambda: str(next(FunctionIdentity._unique_ids))\n"
        "reading, writing = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.write(writing, next_number().encode())\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "assert os.read(reading, 100).decode() != next_number()\n"
    )
    if hasattr(os, "fork"):
        environment = {**os.environ, "PYTHONPATH": str(package)}
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)


# A script's own classes exist in that script only, and have to be found again, not copied.
OWN_CLASSES = """
import json
from enum import Enum
from typing import NamedTuple
from numba import njit
from dualad.cache.disk import DiskCache

class Point(NamedTuple):
    x: float
    label: str = "a"

    def shifted(self):
        return Point(self.x + 1.0)

class Colour(Enum):
    RED = 1
    BLUE = 2

class ModelError(Exception):
    def __init__(self, text):
        self.text = text

def swap(point, colour):
    if point.x < 0.0:
        raise ModelError("negative")
    return Point(2.0 * point.x, point.label), Colour.BLUE if colour == Colour.RED else Colour.RED

dispatcher = njit(swap)
dispatcher._cache = DiskCache(swap)
point, colour = dispatcher(Point(1.0, "b"), Colour.RED)
again, _ = dispatcher(point, colour)
try:
    dispatcher(Point(-1.0), Colour.RED)
    text = None
except ModelError as error:
    text = error.text
kept = type(point) is Point and type(again) is Point and colour is Colour.BLUE
print(json.dumps([kept, again == Point(4.0, "b"), text, len(dispatcher.signatures), dispatcher._cache.hits]))
"""


def test_classes_of_a_script_keep_their_identity(tmp_path, package):
    assert run(package, tmp_path, OWN_CLASSES) == [True, True, "negative", 1, 0]
    assert run(package, tmp_path, OWN_CLASSES) == [True, True, "negative", 1, 1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of an empty cache for this process."""
    monkeypatch.setenv("DUALAD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("DUALAD_CACHE_SIZE", raising=False)
    monkeypatch.delenv("DUALAD_CACHE", raising=False)
    return tmp_path / "cache"


def jitted(function, options=()):
    """A dispatcher with a cache, as if in a new process."""
    disk._linked.clear()
    dispatcher = numba.njit(function)
    dispatcher._cache = DiskCache(function, options)
    return dispatcher


def counts(dispatcher):
    counted = dispatcher._cache
    return counted.hits, counted.misses, counted.saves


def cube(x):
    return x * x * x


DAMAGE = {
    "truncated": lambda data: data[:-1],
    "one byte left": lambda data: data[:1],
    "emptied": lambda data: b"",
    "one bit": lambda data: data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
    "foreign": lambda data: pickle.dumps("something else"),
    "longer": lambda data: data + b"more",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_replaced(folder, damage):
    assert jitted(cube)(2.0) == 8.0
    (entry,) = folder.iterdir()
    sound = entry.read_bytes()
    entry.write_bytes(DAMAGE[damage](sound))
    again = jitted(cube)
    assert again(2.0) == 8.0 and counts(again) == (0, 1, 1)
    third = jitted(cube)
    assert third(2.0) == 8.0 and counts(third) == (1, 0, 0)


def test_entries_that_do_not_fit_are_replaced(folder):
    jitted(cube)(2.0)
    (entry,) = folder.iterdir()
    for content in (pickle.dumps("nothing"), b"", compiled_for(types.int64)):
        Store(folder).write(entry.stem, content)
        again = jitted(cube)
        assert again(2.0) == 8.0 and counts(again) == (0, 1, 1)


def compiled_for(argument):
    dispatcher = numba.njit(cube)
    dispatcher.compile((argument,))
    return compiled.dump(dispatcher.overloads[(argument,)], ())


def test_missing_symbols_are_noticed_before_linking():
    context = cpu_target.target_context
    compiled._define(["NRT_Allocate", "cos", "numba_xxgemm"], context)
    with pytest.raises(compiled.NotPortable, match="no_such_symbol"):
        compiled._define(["cos", "no_such_symbol"], context)


def test_options_and_argument_types_are_part_of_the_key(folder):
    def key(argument, options=(), function=cube):
        return DiskCache(function, options).key((argument,), cpu_target.target_context)

    keys = [
        key(types.float64),
        key(types.float32),
        key(types.float64, ("grad", 8)),
        key(types.float64, ("grad", 4)),
    ]
    keys += [key(types.float64, function=abs), key(types.float64, numba.njit(cube)), key(types.Omitted(1.0))]
    assert None not in keys and len(set(keys)) == len(keys)
    assert key(types.float64) == keys[0]
    with_result = DiskCache(cube).key(
        sigutils.normalize_signature("f4(f8)")[1](types.float64), cpu_target.target_context
    )
    assert with_result not in keys


@pytest.mark.parametrize("name", ["BOUNDSCHECK", "OPT", "SLP_VECTORIZE", "DEBUGINFO_DEFAULT"])
def test_settings_of_numba_are_part_of_the_key(folder, monkeypatch, name):
    def key():
        return DiskCache(cube).key((types.float64,), cpu_target.target_context)

    before = key()
    monkeypatch.setattr(numba.core.config, name, 1 - (getattr(numba.core.config, name) or 0))
    assert before is not None and key() != before


def test_source_files_of_dualad_are_part_of_the_key(folder, package, monkeypatch):
    def key():
        return DiskCache(cube).key((types.float64,), cpu_target.target_context)

    hashes = [disk._hash_of_sources(package / "dualad")]
    file = package / "dualad" / "rules" / "added.py"
    for content in ("x = 1\n", "x = 2\n"):
        file.write_text(content)
        hashes.append(disk._hash_of_sources(package / "dualad"))
    file.unlink()
    assert len(set(hashes)) == 3 and disk._hash_of_sources(package / "dualad") == hashes[0]
    keys = []
    for sources in hashes[:2]:
        monkeypatch.setattr(disk, "_SOURCES", sources)
        keys.append(key())
    assert None not in keys and keys[0] != keys[1]
    monkeypatch.setattr(disk, "_SOURCES", disk._hash_of_sources(package / "nothing"))
    assert key() is None


def test_what_cannot_be_seen_is_not_cached(folder):
    unknown = jitted(cube, options=object())
    assert unknown(2.0) == 8.0 and counts(unknown) == (0, 0, 0)
    assert "builtins.object" in unknown._cache.problem
    assert not folder.exists()


def test_what_changes_while_compiling_is_not_cached(folder):
    options = [1]
    dispatcher = numba.njit(cube)
    own = DiskCache(cube, options)
    signature = (types.float64,)
    disk._linked.clear()
    assert own.load_overload(signature, cpu_target.target_context) is None
    dispatcher.compile(signature)
    options[0] = 2
    own.save_overload(signature, dispatcher.overloads[signature])
    assert own.saves == 0 and "changed" in own.problem


def test_code_is_linked_once_in_a_process(folder):
    first = jitted(cube)
    assert first(2.0) == 8.0
    shutil.rmtree(folder)

    def made_anew():
        again = numba.njit(cube)
        again._cache = DiskCache(cube)
        assert again(2.0) == 8.0 and counts(again) == (1, 0, 0)
        assert again.overloads[(types.float64,)].library is first.overloads[(types.float64,)].library
        assert numba.njit(lambda x: again(x) + 1.0)(2.0) == 9.0

    for _ in range(2):
        made_anew()  # and deleted, which withdraws the entry point, but not the code
        gc.collect()
    assert first(3.0) == 27.0 and numba.njit(lambda x: first(x) + 1.0)(2.0) == 9.0


def test_calls_from_jitted_code_find_it_too(folder):
    jitted(cube)(2.0)
    again = jitted(cube)

    @numba.njit
    def caller(x):
        return again(x) + 1.0

    assert caller(2.0) == 9.0 and counts(again) == (1, 0, 0)


def test_addresses_are_not_saved(folder):
    """Numba puts the address of a large global array into the code."""
    array = np.ones(200_000)
    dispatcher = jitted(lambda x: array[0] * x)
    assert dispatcher(2.0) == 2.0 and counts(dispatcher) == (0, 1, 0)
    assert "large array" in dispatcher._cache.problem


def test_functions_that_call_each_other(folder):
    def defined():
        @numba.njit
        def even(n):
            return True if n == 0 else odd(n - 1)

        @numba.njit
        def odd(n):
            return False if n == 0 else even(n - 1)

        disk._linked.clear()
        even._cache = DiskCache(even.py_func)
        return even

    for even in (defined(), defined()):
        assert even(10) is True and even(7) is False
        # the addresses of such functions are filled in by the process that compiles them
        assert counts(even) == (0, 1, 0) and "call each other" in even._cache.problem


def test_cache_can_be_switched_off(folder, monkeypatch):
    monkeypatch.setenv("DUALAD_CACHE", "0")
    off = jitted(cube)
    assert off(2.0) == 8.0 and counts(off) == (0, 0, 0) and off.stats.cache_path is None
    monkeypatch.delenv("DUALAD_CACHE")
    disabled = jitted(cube)
    disabled._cache.disable()
    assert disabled(2.0) == 8.0 and not folder.exists()
    disabled._cache.enable()
    assert disabled(2) == 8 and folder.exists() and disabled.stats.cache_path == str(folder)


def test_recompiling_removes_entries(folder):
    dispatcher = jitted(cube)
    dispatcher(2.0)
    dispatcher._cache.flush()
    assert list(folder.iterdir()) == []


def test_folder_that_cannot_be_written(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DUALAD_CACHE_DIR", str(tmp_path / "file" / "cache"))
    dispatcher = jitted(cube)
    assert dispatcher(2.0) == 8.0 and counts(dispatcher) == (0, 1, 0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write everywhere")
def test_folder_for_reading_only(folder):
    jitted(cube)(2.0)
    folder.chmod(0o500)
    try:
        again, other = jitted(cube), jitted(lambda x: x)
        assert again(2.0) == 8.0 and counts(again) == (1, 0, 0)
        assert other(2.0) == 2.0 and counts(other) == (0, 1, 0)
    finally:
        folder.chmod(0o700)


def age(store: Store, name: str, seconds: float):
    when = time.time() - seconds
    os.utime(store._path(name), (when, when))


def test_entries_used_longest_ago_are_removed(folder, monkeypatch):
    monkeypatch.setenv("DUALAD_CACHE_SIZE", "0.1")  # 104857 bytes
    store = Store(folder)
    for i in range(10):
        assert store.write(f"entry{i}", bytes(10_000))
        age(store, f"entry{i}", 1000 - i)
    assert store.read("entry0") == bytes(10_000)  # used now
    assert store.write("new", bytes(10_000))
    left = {path.stem for path in folder.iterdir()}
    assert {"new", "entry0", "entry9"} <= left and "entry1" not in left
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 0.9 * 104858


def test_what_is_larger_than_the_cache_is_not_kept(folder, monkeypatch):
    monkeypatch.setenv("DUALAD_CACHE_SIZE", "0.1")
    store = Store(folder)
    assert store.write("small", b"1") and not store.write("large", bytes(200_000))
    assert {path.stem for path in folder.iterdir()} == {"small"}
    monkeypatch.setenv("DUALAD_CACHE_SIZE", "much")
    assert store.write("large", bytes(200_000))  # a value that is no number counts as none


def test_files_left_by_killed_processes_are_removed(folder):
    store = Store(folder)
    store.write("first", b"1")
    for name, seconds in (("old.writing", 7200), ("new.writing", 10), ("foreign.txt", 7200)):
        (folder / name).write_text("half")
        os.utime(folder / name, (time.time() - seconds,) * 2)
    store.write("second", b"2")
    assert {path.name for path in folder.iterdir()} == {
        "first.entry",
        "second.entry",
        "new.writing",
        "foreign.txt",
    }


def registered(factor, options):
    """Hashes of two extensions of Numba: an overload, and a function made known with options."""

    def stub(x):
        raise NotImplementedError

    @overload(stub)
    def stub_for_numba(x):
        def implementation(x):
            return factor * x

        return implementation

    @register_jitable(inline="never", **options)
    def known(x):
        return x

    return extensions.foreign_extensions()[-2:]


def test_extensions_of_numba_are_part_of_every_key(folder):
    counted = len(builtin_registry.functions)
    before = DiskCache(cube).key((types.float64,), cpu_target.target_context)
    first, same = registered(2.0, {}), registered(2.0, {})
    other, fast = registered(3.0, {}), registered(2.0, {"fastmath": True})
    assert len(builtin_registry.functions) > counted
    assert first == same and first[0] != other[0] and first[1] == other[1]
    assert first[0] == fast[0] and first[1] != fast[1]
    assert before != DiskCache(cube).key((types.float64,), cpu_target.target_context)


def test_extensions_that_cannot_be_followed_count_by_their_file():
    """`opaque` reaches an unknown object, so this file stands for it; without a file nothing can."""

    def opaque(x):
        return lambda x: unknown

    unknown = object()
    assert len(extensions._hash(None, [opaque])) == 64
    opaque.__module__ = "no_such_module"
    with pytest.raises(extensions.Unfingerprintable, match="no_such_module"):
        extensions._hash(None, [opaque])


def test_large_results_survive(folder):
    def several(a, p):
        return a[::-1] * p[0], (np.sum(a), len(p)), "text"

    arguments = np.arange(4.0), (2.0, 3)
    first, again = jitted(several), jitted(several)
    expected = several(*arguments)
    for dispatcher in (first, again):
        result = dispatcher(*arguments)
        assert np.array_equal(result[0], expected[0]) and result[1:] == expected[1:]
    assert counts(again) == (1, 0, 0)
