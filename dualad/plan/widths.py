"""How many directions a sweep carries at once."""

from __future__ import annotations

#: Widths measured best for scalar functions of arrays: 8 doubles fill two AVX2 registers; longer inputs gain from
#: spreading the primal's cost over 16.
FEW, MANY, LONG = 8, 16, 32
#: Widths of the two levels of a Hessian sweep.
SQUARE = (4, 8)


def power_of_two(count: int) -> int:
    """Smallest power of two that is at least `count`: other vector lengths are legalised badly by LLVM."""
    return 1 << max(count - 1, 0).bit_length()


#: Chunk widths for fewer than `LONG` inputs.
_WIDTHS = tuple(min(power_of_two(count), FEW) for count in range(LONG))


def width_for(count: int) -> int:
    """Chunk width for `count` inputs."""
    return MANY if count >= LONG else _WIDTHS[count]


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
