"""How many directions a sweep carries at once: as many as this processor's vector registers hold well."""

from __future__ import annotations

import llvmlite.binding as llvm
from numba.core import config


def _doubles_in_a_register() -> int:
    """4 with AVX2, 8 with AVX-512; 4 where nothing was measured."""
    given = config.CPU_FEATURES  # NUMBA_CPU_FEATURES, for code that is to run elsewhere
    features = llvm.get_host_cpu_features().flatten() if given is None else given
    return 8 if "+avx512f" in features.split(",") else 4


REGISTER = _doubles_in_a_register()
#: Arrays of unknown length, and rows of a reverse sweep.
FEW = 8
#: Four registers, which spread the cost of the primal over many directions: for `LONG` inputs and more.
MANY = 4 * REGISTER
#: Measured best for scalar functions of arrays. With AVX2 8 directions, two registers, up to 31 inputs, with AVX-512 as many as
#: there are inputs: three sweeps of 8 for 24 inputs take 1.1 to 2 times one of 32.
LONG = 32 if REGISTER == 4 else 9
#: Widths of the two levels of a Hessian sweep.
SQUARE = (4, 8)


def power_of_two(count: int) -> int:
    """Smallest power of two that is at least `count`: other vector lengths are legalised badly by LLVM."""
    return 1 << max(count - 1, 0).bit_length()


_WIDTHS = tuple(min(power_of_two(count), FEW if count < LONG else MANY) for count in range(max(LONG, MANY) + 1))


def width_for(count: int) -> int:
    """Chunk width for `count` inputs."""
    return _WIDTHS[count] if count < len(_WIDTHS) else MANY


def rows_for(count: int | None) -> int:
    """How many cotangents a reverse sweep carries, for `count` rows of a Jacobian; None: arrays of unknown length."""
    return FEW if count is None else min(power_of_two(count), FEW)


def default_width(count: int | None) -> int:
    """Chunk width where only types are known; `count` is None with arrays among the active arguments."""
    return FEW if count is None else width_for(count)


def default_widths(count: int | None) -> tuple[int, int]:
    """Widths (M, N) of the two levels of a Hessian sweep: M x N second derivatives at once."""
    if count is None:
        return SQUARE
    width = min(power_of_two(count), SQUARE[1])
    return min(width, SQUARE[0]), width


def sweeps(directions: int, width: int) -> int:
    """How many sweeps carry a number of directions: at least one, which checks the function's result."""
    return max(-(-directions // width), 1)
