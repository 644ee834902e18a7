"""Time and memory of gradients against the length of a rollout: ``python -m benchmarks.lengths PICTURE``.

Lorenz by Runge-Kutta steps, gradient by all six inputs, each tool and length in a process of its own. dualad keeps to 64 kB
at all lengths. JAX stands for itself twice: as people write it (an array for the state, a plain scan), and as its experts
do (numbers for the state, a scan of scans whose inner one is done again); so does diffrax's loop with checkpoints, from
equinox. A tool that took longer than a limit for one length is not asked for longer ones.
"""

import argparse
import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.fresh import status

TIME = 10.0  # of the rollout, whatever the number of steps: later ones are chaos
START, PARAMETERS = np.ones(3), np.array([10.0, 28.0, 8.0 / 3.0])
LENGTHS = [10**k for k in range(3, 8)]
MEMORY = 64_000
LONGEST = 2.0  # seconds of one gradient, after which longer rollouts are left out

TOOLS = {
    "program": "program, without a gradient",
    "dualad": "dualad, within 64 kB",
    "jax_nested": "JAX, scan of scans on numbers",
    "jax_plain": "JAX, plain scan on an array",
    "equinox": "equinox, checkpointed loop",
}


# Each returns what is timed, compiled for a number of steps and not yet run.


def program(steps):
    from benchmarks import programs, simulations

    plain = programs.jit(simulations.lorenz_scalars)
    plain(START, PARAMETERS, 1, 0.0)
    return lambda: plain(START, PARAMETERS, steps, TIME / steps)


def dualad(steps):
    import dualad as ad
    from benchmarks import within

    gradient = ad.grad(within.lorenz, (0, 1), mode="reverse")
    gradient.prepare(START, PARAMETERS, steps, TIME / steps, MEMORY)
    return lambda: np.concatenate(gradient(START, PARAMETERS, steps, TIME / steps, MEMORY))


def _rate(y, p):
    return p[0] * (y[1] - y[0]), y[0] * (p[1] - y[2]) - y[1], y[0] * y[1] - p[2] * y[2]


def _moved(y, h, k):
    return tuple(a + h * b for a, b in zip(y, k, strict=True))


def _step(y, p, h):
    """One Runge-Kutta step on a tuple of numbers."""
    a = _rate(y, p)
    b = _rate(_moved(y, 0.5 * h, a), p)
    c = _rate(_moved(y, 0.5 * h, b), p)
    d = _rate(_moved(y, h, c), p)
    return tuple(v + h / 6.0 * (i + 2.0 * (j + k) + m) for v, i, j, k, m in zip(y, a, b, c, d, strict=True))


def _jax_gradient(rolled):
    """``rolled(y, p)`` is the last state; the gradient of its square."""
    jax = peers.load_jax()
    y, p = jax.numpy.asarray(START), jax.numpy.asarray(PARAMETERS)
    gradient = jax.grad(lambda y, p: sum(v * v for v in rolled(y, p)), argnums=(0, 1))
    compiled = jax.jit(gradient).lower(y, p).compile()
    return lambda: np.concatenate([np.asarray(g) for g in jax.block_until_ready(compiled(y, p))])


def jax_plain(steps):
    jax = peers.load_jax()
    jnp = jax.numpy

    def rate(y, p):
        return jnp.stack(_rate(y, p))

    def step(y, p):
        h = TIME / steps
        a = rate(y, p)
        b = rate(y + 0.5 * h * a, p)
        c = rate(y + 0.5 * h * b, p)
        d = rate(y + h * c, p)
        return y + h / 6.0 * (a + 2.0 * (b + c) + d)

    return _jax_gradient(lambda y, p: jax.lax.scan(lambda y, _: (step(y, p), None), y, None, length=steps)[0])


def jax_nested(steps):
    jax = peers.load_jax()

    def rolled(y, p):
        blocks = int(steps**0.5)
        while steps % blocks:
            blocks -= 1
        one = jax.checkpoint(lambda y, _: (_step(y, p, TIME / steps), None))
        block = jax.checkpoint(lambda y, _: jax.lax.scan(one, y, None, length=steps // blocks))
        return jax.lax.scan(block, (y[0], y[1], y[2]), None, length=blocks)[0]

    return _jax_gradient(rolled)


def equinox(steps):
    jax = peers.load_jax()
    loop = peers.load("equinox.internal").while_loop

    def rolled(y, p):
        def body(carry):
            y, n = carry
            return _step(y, p, TIME / steps), n + 1

        start = ((y[0], y[1], y[2]), jax.numpy.asarray(0))
        return loop(lambda c: c[1] < steps, body, start, max_steps=steps, kind="checkpointed", checkpoints=64)[0]

    return _jax_gradient(rolled)


def measure(tool: str, steps: int) -> dict:
    """In this process: by how many bytes one gradient raises the peak of what is resident, and its seconds."""
    run = globals()[tool](steps)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what compiling has left free would hide what the gradient takes
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    before = status("VmHWM")
    found = run()
    taken, seconds = status("VmHWM") - before, []
    while len(seconds) < 3 or (sum(seconds) < 1.0 and len(seconds) < 200):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return {"seconds": min(seconds), "bytes": taken, "result": np.ravel(found).tolist()}


def in_a_process(tool: str, steps: int) -> dict:
    command = [sys.executable, "-m", "benchmarks.lengths", "--measure", tool, str(steps)]
    done = subprocess.run(command, env=os.environ | peers.ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.splitlines()[-1])


def rows() -> list[dict]:
    """All measurements; gradients are compared with those of dualad."""
    found: list[dict] = []
    right: dict[int, np.ndarray] = {}
    for tool, words in TOOLS.items():
        for steps in LENGTHS:
            try:
                row = in_a_process(tool, steps) | {"tool": tool, "steps": steps}
            except RuntimeError as reason:
                print(f"{words:34}{steps:10} {reason}")
                break
            result = np.array(row.pop("result"))
            if tool == "dualad":
                right[steps] = result
            elif tool != "program":
                np.testing.assert_allclose(result, right[steps], rtol=1e-5)
            found.append(row)
            print(
                f"{words:34}{steps:10}{1e9 * row['seconds'] / steps:10.1f} ns/step{row['bytes'] / 1e6:10.2f} MB",
                flush=True,
            )
            if row["seconds"] > LONGEST:
                break
    return found


def picture(found: list[dict], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for tool, words in TOOLS.items():
        own = [row for row in found if row["tool"] == tool]
        steps = [row["steps"] for row in own]
        left.loglog(steps, [row["seconds"] for row in own], "o-", ms=4, label=words)
        if tool != "program":
            right.loglog(steps, [max(row["bytes"], 4096) for row in own], "o-", ms=4)
        else:
            right.plot([], [])  # the colour of its line
    left.set(xlabel="steps", ylabel="seconds")
    right.set(xlabel="steps", ylabel="bytes by which one gradient raises the peak")
    left.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(lw=0.3)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lengths", description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="?", type=Path, help="where the picture goes: .svg or .png")
    parser.add_argument("--measure", nargs=2, metavar=("TOOL", "STEPS"), help="one measurement, in this process")
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure[0], int(chosen.measure[1]))))
        return
    found = rows()
    if chosen.picture:
        picture(found, chosen.picture)


if __name__ == "__main__":
    main()
