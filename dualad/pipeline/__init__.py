"""How Numba compiles what dualad generates."""

from .array_expressions import tell_names_apart

tell_names_apart()
