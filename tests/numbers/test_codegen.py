"""What the compiled code looks like: vector instructions."""

import numba
import numpy as np
import pytest

import dualad as ad


def chain(x):
    s = 0.0
    for i in range(x.size - 1):
        s += (x[i + 1] - x[i] * x[i]) * x[i]
    return s


@pytest.mark.parametrize("width", [4, 8, 16])
def test_chunks_are_vectors_in_llvm(width, monkeypatch):
    monkeypatch.setenv("DUALAD_CACHE", "0")
    gradient = ad.grad(chain, chunk=width)
    gradient(np.ones(3))
    (dispatcher,) = gradient._dispatchers.values()
    (text,) = dispatcher.inspect_llvm().values()
    for operation in ("fmul contract", "fadd contract", "fsub contract"):
        assert f"{operation} <{width} x double>" in text


def test_the_primal_is_not_contracted():
    # x * y - z is another number when the product is not rounded first; tangents may be fused, the value may not
    def residue(x, y, z):
        return x * y - z

    plain, differentiated = numba.njit(residue), ad.value_and_grad(residue)
    for x, y in np.random.default_rng(0).random((50, 2)):
        z = x * y
        assert differentiated(x, y, z)[0] == plain(x, y, z) == 0.0


def test_float32_runs_in_float32(monkeypatch):
    monkeypatch.setenv("DUALAD_CACHE", "0")
    gradient = ad.jacfwd(lambda x: x * x, chunk=8)
    gradient(np.ones(3, dtype=np.float32))
    (dispatcher,) = gradient._dispatchers.values()
    (text,) = dispatcher.inspect_llvm().values()
    assert "<8 x float>" in text
    assert "<8 x double>" not in text
