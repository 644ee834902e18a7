"""Programs meant to make a derivative silently wrong: each must come out right or be refused."""

from tests.scenarios.attacks import conversions, language, library_calls, memory, storage  # noqa: F401
from tests.scenarios.corpus import ATTACKS

__all__ = ["ATTACKS"]
