"""One measurement in a fresh process: ``python -m benchmarks.fresh WHAT PROGRAM`` prints a number.

WHAT is one of

- ``import`` (dualad, after Numba), ``import-numba``: seconds;
- ``plain``, ``derivative`` (forward mode), ``reverse``: seconds to the first result, compilation included. ``-warm`` after
  these: another function of the same kind was compiled before. ``-cached``: the compiled code is kept on disk, in the
  folder that the environment names;
- ``memory-plain``, ``memory-reverse``, ``memory-hand``: bytes by which one call raises the process's peak.

Seconds are those of the processor: compiling is the work of one thread, and a busy machine multiplies the time on the clock.
"""

import sys
import time


def case(name: str):
    """A program, its arguments, and which of them are differentiated."""
    import numpy as np

    from benchmarks import adbench, growth, programs, simulations, within

    kind, _, size = name.partition("-")
    if kind in ("lines", "calls"):
        return getattr(growth, kind)(int(size)), (np.linspace(0.1, 0.9, 10),), 0
    vector = np.linspace(-1.0, 1.0, 10)
    cases = {
        "two_arguments": lambda: (programs.two_arguments, (0.7, 1.3), 0),
        "rosenbrock": lambda: (programs.rosenbrock, (vector,), 0),
        "logit": lambda: (programs.logit, (vector,), 0),
        "gmm": lambda: (adbench.gmm, adbench.gmm_data(10, 25, 1000), (0, 1, 2)),
        "gmm_dot": lambda: (adbench.gmm_dot, adbench.gmm_data(10, 25, 1000), (0, 1, 2)),
        "lstm": lambda: (adbench.lstm, adbench.lstm_data(2, 1024), (0, 1)),
        "stencil": lambda: (simulations.stencil, simulations.stencil_data(), 0),
        "lennard_jones": lambda: (simulations.lennard_jones, simulations.particles(), 0),
        "lorenz_arrays": lambda: (simulations.lorenz_arrays, simulations.lorenz_data(), (0, 1)),
        "lorenz_scalars": lambda: (simulations.lorenz_scalars, simulations.lorenz_data(), (0, 1)),
        "heat": lambda: (simulations.heat, simulations.heat_data(), (0, 1)),
        "lorenz_within": lambda: (within.lorenz, (*simulations.lorenz_data(), 4000), (0, 1)),
        "brusselator": lambda: (within.brusselator, (*within.brusselator_data(), 4 * 10**6), (0, 1, 2, 3, 4)),
    }
    return cases[name]()


def first_result(what: str, program: str) -> float:
    """Seconds from the function to its first result."""
    from numba import njit

    function, values, argnums = case(program)
    if what.startswith("plain"):
        start = time.process_time()
        njit(function, cache=what.endswith("cached"))(*values)
    else:
        import dualad as ad

        start = time.process_time()
        if what.startswith("reverse"):
            ad.grad(function, argnums=argnums, mode="reverse")(*values)
        elif program == "two_arguments":
            ad.derivative(function, argnums=argnums)(*values)
        else:
            ad.grad(function, argnums=argnums, mode="forward")(*values)
    return time.process_time() - start


def memory(what: str, program: str) -> float:
    """Bytes by which one call of compiled code raises the peak of the resident memory."""
    import ctypes
    import gc

    from numba import njit

    import dualad as ad
    from benchmarks import adjoints

    function, values, argnums = case(program)
    if what == "memory-hand":
        run = getattr(adjoints, program)
        run.compile(tuple(map(type_of, values)))
    elif what == "memory-plain":
        run = njit(function)
        run.compile(tuple(map(type_of, values)))
    else:
        run = ad.grad(function, argnums=argnums, mode="reverse")
        run.prepare(*values)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what compiling has left free would hide what the call takes
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")  # the peak begins at what is resident now
    before = status("VmHWM")
    run(*values)
    return status("VmHWM") - before


def type_of(value):
    from numba import typeof

    return typeof(value)


def status(field: str) -> float:
    """Bytes, from Linux's account of this process."""
    with open("/proc/self/status") as lines:
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith(field))


def main(what: str, program: str = "") -> float:
    start = time.process_time()
    import numba  # noqa: F401

    if what == "import-numba":
        return time.process_time() - start
    if what == "import":
        start = time.process_time()
        import dualad  # noqa: F401

        return time.process_time() - start
    if what.startswith("memory"):
        return memory(what, program)
    if what.endswith("-warm"):
        first_result(what, "logit")
    return first_result(what, program)


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
