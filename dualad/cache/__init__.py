"""Compiled derivative functions on disk: found again in another process, and never stale.

`disk` is what a dispatcher talks to. The key of a result is the `fingerprint` of everything it was made from (`reads`
says what a function refers to, `trust` what a version covers, `jitted`, `classes` and `extensions` how Numba's objects,
classes and registrations are taken in); `compiled` turns machine code into bytes and back; `store` keeps files.
"""
