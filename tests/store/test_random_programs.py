"""Random programs with one loop on disk: the bits of the run in memory, also when it is ended and resumed again and again."""

import random
import shutil
import warnings

import numba as nb
import numpy as np
import pytest

from dualad.errors import UnsupportedError
from dualad.reverse import adjoint
from dualad.store import callbacks, session
from tests.reverse.disk_by_python import by_python
from tests.reverse.judge import limited, plain
from tests.reverse.marked import mark
from tests.reverse.programs import generate, load
from tests.store.ended import METHODS


class Ended(BaseException):
    """What stands for a kill."""


class Endings:
    """Ends runs at calls of their sessions that are drawn."""

    def __init__(self, draw, most):
        self.draw, self.left, self.most = draw, None, most

    def arm(self):
        self.left = self.draw.randint(1, self.most)

    def __call__(self, method):
        def call(*args):
            if self.left is not None:
                self.left -= 1
                if self.left <= 0:
                    raise Ended
            return method(*args)

        return call


def prepared(case):
    """A function of no arguments that gives all that the adjoint of a program does."""
    function, args = load(case), case.args()
    kinds = tuple(nb.typeof(a) for a in args)
    made = adjoint(function, kinds, case.argnums, out_argnums=case.out_argnums, seeded=True, with_value=True)
    run = plain(by_python(made.function))
    result = None if case.out_argnums else function(*case.args())
    outputs = [args[k] for k in case.out_argnums] if case.out_argnums else result
    outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    seeds = [np.cos(1.0 + np.arange(np.size(o))).reshape(np.shape(o)) if np.ndim(o) else 0.7 for o in outputs]

    def call():
        with limited(20.0):
            return run(*case.args(), *(np.copy(s) if np.ndim(s) else s for s in seeds))

    return call


def compare(case, folder, draw, monkeypatch):
    """How a program went: "same", or why it says nothing."""
    loops = mark(case, "")[1]
    if not loops:
        return "unmarked"
    only, snapshots = draw.randrange(loops), draw.randint(1, 3)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            in_memory = prepared(mark(case, f"snapshots={snapshots}", only=only)[0])
            expected = in_memory()
        except UnsupportedError:
            return "refused"
        except Exception:
            return "unsuitable"
        try:
            on_disk = prepared(mark(case, f"snapshots={snapshots}, disk={folder!r}", only=only)[0])
        except UnsupportedError as error:
            return f"refused on disk: {error.what}"
        same(on_disk(), expected, case)
        count = counted(on_disk, monkeypatch)
        for _ in range(3 if count else 0):
            same(with_endings(on_disk, folder, draw, count, monkeypatch), expected, case)
            shutil.rmtree(folder, ignore_errors=True)
    return "same" if count > 8 else "short"


def counted(call, monkeypatch):
    calls = []
    with monkeypatch.context() as patch:
        for name in METHODS:
            method = getattr(session.Session, name)
            patch.setattr(session.Session, name, lambda *args, method=method: (calls.append(1), method(*args))[1])
        call()
    return len(calls)


def with_endings(call, folder, draw, count, monkeypatch):
    endings = Endings(draw, count)
    with monkeypatch.context() as patch:
        for name in METHODS:
            patch.setattr(session.Session, name, endings(getattr(session.Session, name)))
        resumed = False
        for _ in range(6):
            endings.arm()
            try:
                with callbacks.resuming(folder if resumed else ""):
                    return call()
            except Ended:
                endings.left = None
                callbacks.leave(failed=False)
                resumed = True
        with callbacks.resuming(folder):
            return call()


def same(found, expected, case):
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(found, expected, strict=True)), case.text()


@pytest.fixture(autouse=True)
def records_at_every_chance(monkeypatch):
    monkeypatch.setattr(session, "PAUSE", 0.0)
    monkeypatch.setattr(session, "SHARE", 1e9)


@pytest.mark.parametrize("seeds", [range(25), pytest.param(range(25, 600), marks=pytest.mark.full)], ids=str)
def test_random_programs(seeds, tmp_path, monkeypatch):
    went = [compare(generate(random.Random(s)), str(tmp_path / "run"), random.Random(s), monkeypatch) for s in seeds]
    assert went.count("same") > len(seeds) // 6, went
