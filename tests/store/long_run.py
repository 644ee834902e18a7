"""A derivative that takes some seconds, as a script: `long_run.py FOLDER`."""

import signal
import sys

import numpy as np

import dualad as ad
from dualad.store import session


def heat(initial, rate, steps, folder):
    u, new = initial.copy(), initial.copy()
    for _ in ad.checkpointed(range(steps), memory="1MB", disk=folder):
        for i in range(1, u.size - 1):
            new[i] = u[i] + rate * (1.0 + u[i] ** 2) * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, new = new, u
    return np.mean(u * u)


ARGUMENTS = np.exp(-(np.linspace(-5.0, 5.0, 500) ** 2)), 0.1, 400_000

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore it
    session.PAUSE = 0.05
    slopes = ad.value_and_grad(heat, (0, 1), mode="reverse")
    slopes.prepare(*ARGUMENTS, sys.argv[1])
    print("prepared", flush=True)
    value, (by_initial, by_rate) = slopes(*ARGUMENTS, sys.argv[1])
    print(value.hex(), by_initial.tobytes().hex(), by_rate.hex())
