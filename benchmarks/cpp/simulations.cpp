// The programs of benchmarks/simulations.py and Rosenbrock's function, in the same loops.
#include <cmath>
#include <utility>
#include <vector>

#include "programs.hpp"

__attribute__((noinline)) static double stencil(const double* initial, long n, long steps) {
    std::vector<double> u(initial, initial + n);
    for (long step = 0; step < steps; ++step)
        for (long i = 1; i < n - 1; ++i) u[i] += 0.3 * std::sin(u[i - 1] - 2.0 * u[i] + u[i + 1]);
    double total = 0.0;
    for (double value : u) total += value * value;
    return total;
}

__attribute__((noinline)) static double lennard_jones(const double* positions, long n) {
    double energy = 0.0;
    for (long i = 0; i < n; ++i)
        for (long j = i + 1; j < n; ++j) {
            double square = 0.0;
            for (int a = 0; a < 3; ++a) {
                const double distance = positions[3 * i + a] - positions[3 * j + a];
                square += distance * distance;
            }
            const double sixth = 1.0 / (square * square * square);
            energy += 4.0 * sixth * (sixth - 1.0);
        }
    return energy;
}

__attribute__((noinline)) static double lorenz(const double* theta, long steps) {
    double y[3];
    rollout<Lorenz>(theta, steps, 2e-4, y);
    return y[0] * y[0] + y[1] * y[1] + y[2] * y[2];
}

// `theta` is the initial temperature, then the conductivity.
__attribute__((noinline)) static double heat(const double* theta, long n, long steps) {
    const double* conductivity = theta + n;
    std::vector<double> u(theta, theta + n), next(u);
    for (long step = 0; step < steps; ++step) {
        for (long i = 1; i < n - 1; ++i) {
            const double right = 0.5 * (conductivity[i] + conductivity[i + 1]) * (u[i + 1] - u[i]);
            const double left = 0.5 * (conductivity[i - 1] + conductivity[i]) * (u[i] - u[i - 1]);
            next[i] = u[i] + right - left;
        }
        std::swap(u, next);
    }
    double misfit = 0.0;
    for (double value : u) misfit += (value - 1.0) * (value - 1.0);
    return misfit;
}

// Repeated at points that differ a little, so that nothing is hoisted out; `out` receives the first value.
template <class F>
static double loop(F program, double* theta, long repeats, double* out) {
    const double start = theta[0];
    double total = 0.0;
    for (long r = 0; r < repeats; ++r) {
        theta[0] = start + r * 1e-13;
        const double value = program(theta);
        if (r == 0) out[0] = value;
        total += value;
    }
    theta[0] = start;
    return total;
}

#define ENTRY(name, call)                                                                          \
    extern "C" double name##_loop(double* x, long n, long steps, long repeats, double* out) {      \
        return loop([=](const double* theta) { (void)n, (void)steps; return call; }, x, repeats, out); \
    }

ENTRY(rosenbrock, Rosenbrock{}(theta, static_cast<std::size_t>(n)))
ENTRY(stencil, stencil(theta, n, steps))
ENTRY(lennard_jones, lennard_jones(theta, n))
ENTRY(lorenz, lorenz(theta, steps))
ENTRY(heat, heat(theta, n, steps))
