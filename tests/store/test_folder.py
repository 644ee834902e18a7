"""The folder of a run: whose it is, what is said when it cannot be used, and that nothing else in it is touched."""

import errno
import itertools
import json
import os
import resource
import struct
import subprocess
import sys
import textwrap
import threading
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import dualad as ad
from dualad.errors import StoreError
from dualad.store import callbacks, files, header, session
from tests.store.ended import killed

ROOT = Path(__file__).resolve().parents[2]


def spring(x, n, folder):
    u, v = x.copy(), np.zeros(3)
    for i in ad.checkpointed(range(n), snapshots=2, disk=folder):
        for j in range(3):
            v[j] = u[j] * 0.9 + 0.1 * u[(j + i) % 3] ** 2
        u, v = v, u
    return np.sum(u * v)


START = np.array([0.4, 0.5, 0.6])
slope = ad.grad(spring, mode="reverse")


@pytest.fixture(autouse=True)
def records_at_every_chance(monkeypatch):
    monkeypatch.setattr(session, "PAUSE", 0.0)
    monkeypatch.setattr(session, "SHARE", 1e9)
    # what is measured decides the schedule: the same in each run
    monkeypatch.setattr(session, "time", SimpleNamespace(perf_counter=itertools.count(0.0, 1e-3).__next__))


@pytest.fixture
def run(tmp_path):
    """A folder with a run that was killed in its reverse sweep."""
    folder = tmp_path / "run"
    assert killed(lambda: slope(START, 40, str(folder)), 3, methods=["reverse_begin"])
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "dualad.lock"}


def test_a_finished_run_leaves_an_empty_folder(tmp_path):
    for name in ("new", "deep/er", "with spaces", "\u00fcml\u00e4ut \u2713 \U0001f600"):
        folder = tmp_path / name
        assert np.array_equal(slope(START, 30, str(folder)), slope(START, 30, str(tmp_path / "other")))
        assert os.listdir(folder) == []


def test_states_on_disk_are_as_many_as_planned(tmp_path, monkeypatch):
    seen = []
    before = session.Session.finish
    monkeypatch.setattr(session.Session, "finish", lambda self: (seen.append(self), before(self))[1])
    for steps in (2, 10, 100, 1500):
        slope(START, steps, str(tmp_path))
        found = seen[-1]
        assert 1 <= found.peak <= found.slots
        assert found._files <= max(found.slots, 1)


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"is not empty: 'mine.txt'\n  instead: give a folder that is empty"):
        slope(START, 5, str(tmp_path))
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_a_file_put_there_meanwhile_stays(run):
    (run / "mine.txt").write_text("mine")
    ad.resume(run)
    assert os.listdir(run) == ["mine.txt"]


def test_an_unfinished_run_is_left_alone(run):
    before = contents(run)
    with pytest.raises(StoreError, match=r"holds a run that is not finished\n.*ad.resume\(folder\)"):
        slope(START, 40, str(run))
    assert contents(run) == before


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_text("x"), lambda path: None])
def test_no_run_to_resume(make, tmp_path):
    make(tmp_path / "folder")
    with pytest.raises(StoreError, match="holds no run"):
        ad.resume(tmp_path / "folder")


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="cannot be used: File exists"):
        slope(START, 5, str(tmp_path / "file"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        slope(START, 5, str(tmp_path))


def test_a_read_only_file_system(tmp_path, monkeypatch):
    def refused(*args):
        raise OSError(errno.EROFS, "Read-only file system")

    slope(START, 5, str(tmp_path / "first"))  # compiled while files can be opened
    monkeypatch.setattr(files.os, "open", refused)
    with pytest.raises(StoreError, match="cannot be used: Read-only file system"):
        slope(START, 5, str(tmp_path / "second"))


def test_two_runs_at_once(tmp_path):
    with pytest.raises(StoreError, match=rf"in use by process {os.getpid()}"):
        folder = files.Folder(tmp_path)
        folder.take()
        try:
            slope(START, 5, str(tmp_path))
        finally:
            folder.remove()


def test_threads_with_folders_of_their_own(tmp_path):
    expected, found = slope(START, 50, str(tmp_path / "first")), {}

    def one(k):
        found[k] = slope(START, 50, str(tmp_path / str(k)))

    threads = [threading.Thread(target=one, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[k], expected) for k in range(4))


# -- a full disk


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_full_disk(number, after, tmp_path, monkeypatch):
    calls = []

    def fallocate(descriptor, start, size):
        calls.append(size)
        if len(calls) > after:
            raise OSError(number, os.strerror(number))
        os.truncate(descriptor, size)

    monkeypatch.setattr(files.os, "posix_fallocate", fallocate)
    with pytest.raises(StoreError, match=r"there is no room for \d+ bytes"):
        slope(START, 5, str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_a_file_system_that_reserves_nothing(tmp_path, monkeypatch):
    def fallocate(descriptor, start, size):
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(files.os, "posix_fallocate", fallocate)
    assert np.array_equal(slope(START, 30, str(tmp_path)), slope(START, 30, str(tmp_path)))


@pytest.mark.full
def test_a_limit_of_the_system(tmp_path):
    script = textwrap.dedent(f"""
        import resource
        import numpy as np
        import dualad as ad
        from tests.store.test_folder import START, slope
        slope.prepare(START, 5, "x")
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            slope(np.ones(100_000), 5, {str(tmp_path)!r})
        except ad.errors.StoreError as error:
            print(error)
    """)
    made = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "there is no room for" in made.stdout, made.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096
    assert os.listdir(tmp_path) == []


def test_fewer_states_where_the_disk_fills_up(tmp_path, monkeypatch):
    create, asked = files.Folder.create, []

    def limited(self, name, size):
        if "state" in name:
            asked.append(name)
            if len(asked) > 4:
                raise StoreError("full")
        return create(self, name, size)

    expected = slope(START, 2000, str(tmp_path))
    monkeypatch.setattr(files.Folder, "create", limited)
    assert np.array_equal(slope(START, 2000, str(tmp_path)), expected)
    assert len(asked) == 5


# -- what is in the files


@pytest.mark.parametrize("name", ["dualad.run", "dualad.state-0", "dualad.forward-1", "dualad.reverse-0"])
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_a_flipped_bit(name, where, run):
    expected = slope(START, 40, str(run.parent / "other"))
    content = bytearray((run / name).read_bytes())
    content[{"first": 1, "middle": len(content) // 2, "last": -1}[where]] ^= 4
    (run / name).write_bytes(content)
    before = contents(run)
    try:
        found = ad.resume(run)
    except StoreError as error:
        assert any(word in str(error) for word in ("damaged", "none of dualad's"))
        assert contents(run).keys() == before.keys()
    else:  # a part of the file that nothing needs
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", ["dualad.run", "dualad.state-0", "dualad.forward-0", "dualad.reverse-0"])
@pytest.mark.parametrize("size", [0, 30, -1])
def test_a_truncated_file(name, size, run):
    expected = slope(START, 40, str(run.parent / "other"))
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[:size])
    try:
        found = ad.resume(run)
    except StoreError as error:
        assert any(word in str(error) for word in ("cut", "damaged", "none of dualad's"))
    else:
        assert np.array_equal(found, expected)


def test_a_file_of_another_run(run, tmp_path):
    other = tmp_path / "second"
    assert killed(lambda: slope(START, 40, str(other)), 3, methods=["reverse_begin"])
    (run / "dualad.state-0").write_bytes((other / "dualad.state-0").read_bytes())
    with pytest.raises(StoreError, match="belongs to another run"):
        ad.resume(run)


def changed(run, **described):
    """Write the header again with other entries."""
    path = run / "dualad.run"
    content = path.read_bytes()
    start = len(header._MARK) + header._SIZES.size
    version, size, call = header._SIZES.unpack_from(content, len(header._MARK))
    known = json.loads(content[start : start + size])
    version = described.pop("version", version)
    for name, value in described.items():
        place = known if name in known else known["call"]
        place[name] = {**place[name], **value} if isinstance(value, dict) else value
    text = json.dumps(known).encode()
    body = header._MARK + header._SIZES.pack(version, len(text), call) + text + content[start + size : -4]
    path.write_bytes(body + struct.pack("<I", zlib.crc32(body)))


@pytest.mark.parametrize(
    ("described", "words"),
    [
        ({"version": 99}, "has format 99, and this version of dualad reads format 1"),
        ({"versions": {"Numba": "0.1"}}, r"Numba is another one .* \(0.1 then,"),
        ({"versions": {"dualad": "x"}}, "dualad is another one"),
        ({"versions": {"the processor": "x"}}, "the processor is another one"),
        ({"program": "x"}, r"`grad\(spring\)`, or something that it calls or reads, has changed"),
        ({"entry": 5}, "began with other values"),
        ({"state_bytes": 5}, "a state has 64 bytes, and the states in .* have 5"),
        ({"why_not": "it was not called from Python"}, "cannot be resumed: it was not called from Python"),
    ],
)
def test_another_program_or_version(described, words, run):
    changed(run, **described)
    before = contents(run)
    with pytest.raises(StoreError, match=words):
        ad.resume(run)
    assert contents(run) == before
    assert callbacks.sessions == {}


@pytest.mark.full
def test_a_program_that_was_edited(tmp_path):
    module, folder = tmp_path / "edited.py", tmp_path / "run"
    source = textwrap.dedent("""
        import math
        import dualad as ad
        def step(x):
            return x + 0.1 * math.sin(x)
        def f(x, folder):
            for _ in ad.checkpointed(range(50), snapshots=2, disk=folder):
                x = step(x)
            return x
    """).replace("def step", "import numba\n@numba.njit\ndef step")
    module.write_text(source)
    script = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import dualad as ad, edited
        from dualad.store import session
        from tests.store.ended import killed
        session.PAUSE = 0.0
        slope = ad.grad(edited.f, mode="reverse")
        print(killed(lambda: slope(0.3, {str(folder)!r}), 2, methods=["forward_begin"]), slope(0.3, {str(tmp_path / "other")!r}))
    """)
    resume = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import dualad as ad
        try:
            print(ad.resume({str(folder)!r}))
        except ad.errors.StoreError as error:
            print(error)
    """)

    def said(text):
        made = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
        return made.stdout

    was_killed, expected = said(script).split()
    assert was_killed == "True"
    module.write_text(source.replace("0.1", "0.2"))
    assert "has changed since the run was started" in said(resume)
    module.write_text(source)
    assert said(resume) == expected + "\n"


# -- calls


@pytest.mark.full
def test_functions_and_arguments_of_a_script_are_in_the_folder(tmp_path):
    script = textwrap.dedent(f"""
        import numba
        import numpy as np
        import dualad as ad
        from tests.store.ended import killed
        scale = 0.1
        @numba.njit
        def f(x, w, n, folder):
            for _ in ad.checkpointed(range(n), snapshots=2, disk=folder):
                x = x + scale * np.sin(x) * w[0]
            return np.sum(x)
        slope = ad.value_and_grad(lambda x, w, n: f(x, w, n, {str(tmp_path / "run")!r}), (0, 1), mode="reverse")
        args = np.arange(3.0), (0.5, 1), 20
        print(killed(lambda: slope(*args), 20))
        value, slopes = ad.resume({str(tmp_path / "run")!r})
        again, expected = slope(*args)
        print(value == again, np.array_equal(slopes[0], expected[0]), slopes[1] == expected[1])
    """)
    (tmp_path / "script.py").write_text(script)
    made = subprocess.run(
        [sys.executable, tmp_path / "script.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.stdout == "True\nTrue True True\n", made.stderr


@pytest.mark.parametrize("kind", [ValueError, TypeError])
def test_what_the_program_raises_ends_the_run(kind, tmp_path):
    def failing(x, n, folder):
        for i in ad.checkpointed(range(n), snapshots=2, disk=folder):
            if i == 7:
                raise kind("seven")
            x = x * 0.9
        return x

    with pytest.raises(kind, match="seven"):
        ad.grad(failing, mode="reverse")(1.0, 20, str(tmp_path))
    assert os.listdir(tmp_path) == []
    assert callbacks.sessions == {}


def test_ctrl_c_keeps_the_run(tmp_path, monkeypatch):
    expected, left = slope(START, 40, str(tmp_path)), [60]

    def interrupted(self):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return True

    monkeypatch.setattr(session.Session, "due", interrupted)
    with pytest.raises(KeyboardInterrupt):
        left[0] = 10
        slope(START, 40, str(tmp_path))
    assert callbacks.sessions == {}
    assert np.array_equal(ad.resume(tmp_path), expected)
    assert os.listdir(tmp_path) == []
