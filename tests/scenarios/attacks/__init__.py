"""Programs meant to make a derivative silently wrong: each must come out right or be refused."""

from tests.scenarios.attacks import (  # noqa: F401
    conversions,
    exits,
    language,
    library_calls,
    memory,
    names,
    order,
    storage,
    subscripts,
)
from tests.scenarios.corpus import ATTACKS

__all__ = ["ATTACKS"]
