"""Side-by-side timings of dualad, hand-written code and other libraries: ``python -m benchmarks``."""
