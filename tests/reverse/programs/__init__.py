"""Random nopython programs, as Python source, and what each is called with. See `generate`."""

from tests.reverse.programs.program import Case, generate, load

__all__ = ["Case", "generate", "load"]
