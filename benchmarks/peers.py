"""Other libraries, each in the form that its own experts recommend, one thread each, float64.

Every function returns a candidate, or raises ``Unavailable`` where the library is not installed.
"""

import importlib
import os
import time

import numpy as np

from benchmarks.harness import Candidate, Unavailable, timed_calls

# Read when the libraries are first imported: one thread and double precision for everybody.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
    "NPROC": "1",  # threads of JAX, whose matrix products take all processors otherwise
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def set_environment() -> None:
    """Set what the libraries read at import, without overriding the user."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def load(name: str):
    """Import an optional library."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Unavailable(f"{name.split('.')[0]} is not installed") from None


def load_jax():
    """JAX, computing in the calling thread: handing small work to another thread costs it a multiple."""
    jax = load("jax")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    return jax


def _vectorised_rosenbrock(x, total):
    return total((1.0 - x[:-1]) ** 2 + 100.0 * (x[1:] - x[:-1] ** 2) ** 2)


def jax_rosenbrock(operator: str, x: np.ndarray, *, loop: bool = False) -> Candidate:
    """``operator`` is grad or hessian. With ``loop`` the repetitions run inside compiled code too."""
    jax = load_jax()
    jnp = jax.numpy
    derivative = getattr(jax, operator)(lambda v: _vectorised_rosenbrock(v, jnp.sum))
    compiled = jax.jit(derivative)
    point = jnp.asarray(x)
    if not loop:
        call = timed_calls(lambda: compiled(point).block_until_ready())
        return Candidate(lambda: np.asarray(compiled(point)), call)

    @jax.jit
    def run(v, repeats):
        def body(r, total):
            return total + derivative(v.at[0].add(r * 1e-13))

        return jax.lax.fori_loop(0, repeats, body, jnp.zeros_like(derivative(v)))

    def seconds(repeats: int) -> float:
        start = time.perf_counter()
        run(point, repeats).block_until_ready()
        return time.perf_counter() - start

    return Candidate(lambda: np.asarray(run(point, 1)), seconds)


def torch_rosenbrock(operator: str, x: np.ndarray) -> Candidate:
    torch = load("torch")
    torch.set_num_threads(1)
    point = torch.tensor(x, requires_grad=operator == "grad")

    def gradient():
        return torch.autograd.grad(_vectorised_rosenbrock(point, torch.sum), point)[0]

    hessian = torch.func.hessian(lambda v: _vectorised_rosenbrock(v, torch.sum))
    call = gradient if operator == "grad" else lambda: hessian(point)
    return Candidate(lambda: call().detach().numpy(), timed_calls(call))


def autograd_rosenbrock(operator: str, x: np.ndarray) -> Candidate:
    autograd = load("autograd")
    total = load("autograd.numpy").sum
    derivative = getattr(autograd, operator)(lambda v: _vectorised_rosenbrock(v, total))
    return Candidate(lambda: derivative(x), timed_calls(lambda: derivative(x)))


def casadi_rosenbrock(operator: str, x: np.ndarray, *, buffered: bool) -> Candidate:
    """Scalar expression graph; ``buffered`` calls it without conversions, as its manual advises for speed.

    CasADi's Hessian is sparse; it is made dense inside the graph, since that is the answer asked for.
    """
    casadi = load("casadi")
    v = casadi.SX.sym("x", x.size)
    y = _vectorised_rosenbrock(v, lambda terms: casadi.sum1(terms))
    derivative = casadi.gradient(y, v) if operator == "grad" else casadi.densify(casadi.hessian(y, v)[0])
    function = casadi.Function("derivative", [v], [derivative])
    shape = (x.size,) if operator == "grad" else (x.size, x.size)
    if not buffered:
        return Candidate(lambda: function(x).full().reshape(shape), timed_calls(lambda: function(x).full()))
    buffer, evaluate = function.buffer()
    out = np.zeros(int(np.prod(shape)))  # column by column, which is the same for a symmetric matrix
    buffer.set_arg(0, memoryview(x))
    buffer.set_res(0, memoryview(out))

    def result():
        evaluate()
        return out.reshape(shape).copy()

    # The closure keeps the buffer alive: the evaluation function does not.
    return Candidate(result, timed_calls(lambda _keep=buffer: evaluate()))


def jax_rollout_jacobian(system: str, theta: np.ndarray, steps: int, h: float) -> Candidate:
    """``jax.jacfwd`` of a ``fori_loop`` with scalar carries, the form that XLA compiles best."""
    jax = load_jax()
    jnp = jax.numpy

    def lorenz(state, parameters):
        x, y, z = state
        sigma, rho, beta = parameters
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z

    def sir(state, parameters):
        s, i, r = state
        beta, gamma = parameters
        infections, recoveries = beta * s * i / (s + i + r), gamma * i
        return -infections, infections - recoveries, recoveries

    rate = {"lorenz": lorenz, "sir": sir}[system]

    def roll(values):
        state, parameters = tuple(values[:3]), tuple(values[3:])

        def shifted(y, factor, slope):
            return tuple(a + factor * b for a, b in zip(y, slope, strict=True))

        def step(_, y):
            k1 = rate(y, parameters)
            k2 = rate(shifted(y, 0.5 * h, k1), parameters)
            k3 = rate(shifted(y, 0.5 * h, k2), parameters)
            k4 = rate(shifted(y, h, k3), parameters)
            rows = zip(y, k1, k2, k3, k4, strict=True)
            return tuple(v + h / 6.0 * (a + 2.0 * (b + c) + d) for v, a, b, c, d in rows)

        return jnp.stack(jax.lax.fori_loop(0, steps, step, state))

    compiled = jax.jit(jax.jacfwd(roll))
    point = jnp.asarray(theta)
    return Candidate(lambda: np.asarray(compiled(point)), timed_calls(lambda: compiled(point).block_until_ready()))
