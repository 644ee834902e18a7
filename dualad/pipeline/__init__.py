"""How Numba compiles what dualad generates."""
