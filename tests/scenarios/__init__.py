"""The corpus: small programs as users write them, each with derivatives in closed form or from the oracle."""

from tests.scenarios import (  # noqa: F401 - importing a module adds its programs
    algorithms,
    buffers,
    callables,
    complex_numbers,
    containers,
    elements,
    inactive,
    numpy_calls,
    reported_failures,
    scalars,
)
from tests.scenarios.corpus import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Scenario"]
