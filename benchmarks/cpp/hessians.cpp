// Hessians by blocks of M x N directions; only blocks that touch the upper triangle are evaluated.
#include <algorithm>
#include <memory>
#include <vector>

#include "hyper.hpp"
#include "programs.hpp"

template <int M, int N, class F>
__attribute__((noinline)) std::vector<double> hessian(F f, const double* x, std::size_t n) {
    std::unique_ptr<Hyper<M, N>[]> seeded(new Hyper<M, N>[n]);
    std::vector<double> out(n * n);
    for (std::size_t i = 0; i < n; ++i) seeded[i] = Hyper<M, N>(x[i]);
    for (std::size_t top = 0; top < n; top += M) {
        const std::size_t rows = std::min<std::size_t>(M, n - top);
        for (std::size_t i = 0; i < rows; ++i) seeded[top + i].row[i] = 1.0;
        for (std::size_t left = top / N * N; left < n; left += N) {
            const std::size_t columns = std::min<std::size_t>(N, n - left);
            for (std::size_t j = 0; j < columns; ++j) seeded[left + j].column[j] = 1.0;
            const Hyper<M, N> y = f(seeded.get(), n);
            for (std::size_t i = 0; i < rows; ++i)
                for (std::size_t j = 0; j < columns; ++j)
                    out[(top + i) * n + left + j] = out[(left + j) * n + top + i] = y.cross[i][j];
            for (std::size_t j = 0; j < columns; ++j) seeded[left + j].column[j] = 0.0;
        }
        for (std::size_t i = 0; i < rows; ++i) seeded[top + i].row[i] = 0.0;
    }
    return out;
}

template <int M, int N, class F>
double loop(F f, double* x, std::size_t n, long repeats, double* out) {
    const double start = x[0];
    double total = 0.0;
    for (long r = 0; r < repeats; ++r) {
        x[0] = start + r * 1e-13;
        const std::vector<double> h = hessian<M, N>(f, x, n);
        total += h[0] + h[n * n - 1];
        if (r == 0) std::copy(h.begin(), h.end(), out);
    }
    x[0] = start;
    return total;
}

template <class F>
double loop(F f, int m, int width, double* x, std::size_t n, long repeats, double* out) {
    if (m == 1 && width == 1) return loop<1, 1>(f, x, n, repeats, out);
    if (m == 2 && width == 8) return loop<2, 8>(f, x, n, repeats, out);
    if (m == 4 && width == 8) return loop<4, 8>(f, x, n, repeats, out);
    return NAN;
}

#define ENTRY(name, F)                                                                                \
    extern "C" double name(int m, int width, double* x, std::size_t n, long repeats, double* out) {   \
        return loop(F{}, m, width, x, n, repeats, out);                                               \
    }

ENTRY(rosenbrock_hessian, Rosenbrock)
ENTRY(ackley_hessian, Ackley)
