"""One measurement in a fresh process: ``python -m benchmarks.fresh WHAT PROGRAM`` prints seconds.

They are seconds of the processor: compiling is the work of one thread, and a busy machine multiplies the time
on the clock.

WHAT is ``import`` (dualad, after Numba), ``import-numba``, or one of ``plain``, ``derivative``: time to the
first result, compilation included. ``-warm`` after these: another function of the same kind was compiled
before. ``-cached``: the compiled code is kept on disk, in the folder that the environment names.
"""

import sys
import time


def arguments(program: str):
    import numpy as np

    return (0.7, 1.3) if program == "two_arguments" else (np.linspace(-1.0, 1.0, 10),)


def first_result(what: str, program: str) -> float:
    """Seconds from the function to its first result."""
    from numba import njit

    from benchmarks import programs

    function = getattr(programs, program)
    values = arguments(program)
    start = time.process_time()
    if what.startswith("plain"):
        njit(function, cache=what.endswith("cached"))(*values)
    else:
        import dualad as ad

        start = time.process_time()
        operator = ad.derivative if program == "two_arguments" else ad.grad
        operator(function)(*values)
    return time.process_time() - start


def main(what: str, program: str = "") -> float:
    start = time.process_time()
    import numba  # noqa: F401

    if what == "import-numba":
        return time.process_time() - start
    if what == "import":
        start = time.process_time()
        import dualad  # noqa: F401

        return time.process_time() - start
    if what.endswith("-warm"):
        first_result(what, "logit")
    return first_result(what, program)


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
