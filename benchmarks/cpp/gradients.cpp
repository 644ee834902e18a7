// Gradients by chunks of N directions, in two contracts: "fresh" allocates what a call returns and works on, as
// the derivative functions of dualad do; "kept" is given its workspace, as in the benchmark of the ForwardDiff paper.
#include <algorithm>
#include <memory>
#include <vector>

#include "dual.hpp"
#include "programs.hpp"

template <int N, class F>
void gradient(F f, const double* x, std::size_t n, Dual<N>* seeded, double* out) {
    for (std::size_t i = 0; i < n; ++i) seeded[i] = Dual<N>(x[i]);
    for (std::size_t start = 0; start < n; start += N) {
        const std::size_t count = std::min<std::size_t>(N, n - start);
        for (std::size_t k = 0; k < count; ++k) seeded[start + k].tangent[k] = 1.0;
        const Dual<N> y = f(seeded, n);
        for (std::size_t k = 0; k < count; ++k) {
            out[start + k] = y.tangent[k];
            seeded[start + k].tangent[k] = 0.0;
        }
    }
}

template <int N, class F>
__attribute__((noinline)) std::vector<double> fresh_gradient(F f, const double* x, std::size_t n) {
    std::unique_ptr<Dual<N>[]> seeded(new Dual<N>[n]);
    std::vector<double> out(n);
    gradient<N>(f, x, n, seeded.get(), out.data());
    return out;
}

template <int N, class F>
__attribute__((noinline)) void kept_gradient(F f, const double* x, std::size_t n, Dual<N>* seeded, double* out) {
    gradient<N>(f, x, n, seeded, out);
}

// Runs the gradient `repeats` times at points that differ a little, so that nothing can be hoisted out.
template <int N, class F>
double loop(F f, double* x, std::size_t n, long repeats, int keep, double* out) {
    const double start = x[0];
    double total = 0.0;
    std::unique_ptr<Dual<N>[]> workspace(new Dual<N>[n]);
    for (long r = 0; r < repeats; ++r) {
        x[0] = start + r * 1e-13;
        if (keep) {
            kept_gradient<N>(f, x, n, workspace.get(), out);
            total += out[0] + out[n - 1];
        } else {
            const std::vector<double> g = fresh_gradient<N>(f, x, n);
            total += g[0] + g[n - 1];
            if (r == 0) std::copy(g.begin(), g.end(), out);
        }
    }
    x[0] = start;
    return total;
}

template <class F>
double loop(F f, int width, double* x, std::size_t n, long repeats, int keep, double* out) {
    switch (width) {
        case 4: return loop<4>(f, x, n, repeats, keep, out);
        case 8: return loop<8>(f, x, n, repeats, keep, out);
        case 16: return loop<16>(f, x, n, repeats, keep, out);
    }
    return NAN;
}

#define ENTRY(name, F)                                                                                        \
    extern "C" double name(int width, double* x, std::size_t n, long repeats, int keep, double* out) {        \
        return loop(F{}, width, x, n, repeats, keep, out);                                                    \
    }

ENTRY(rosenbrock_gradient, Rosenbrock)
ENTRY(ackley_gradient, Ackley)
ENTRY(logit_gradient, Logit)
