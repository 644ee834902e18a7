"""An independent oracle: the user's function, run by plain Python on numbers that carry derivatives.

It shares nothing with the library: no rule, no Numba. See `differentiate`.
"""

from tests.oracle.interpreter import differentiate, evaluate, is_active, leaves, map_leaves

__all__ = ["differentiate", "evaluate", "is_active", "leaves", "map_leaves"]
