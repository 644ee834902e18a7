// Objectives of ADBench (arXiv 1807.10129), the same loops as benchmarks/adbench.py.
#include <algorithm>
#include <cmath>
#include <vector>

static double log_sum_exp(const double* v, int n) {
    const double top = *std::max_element(v, v + n);
    double total = 0.0;
    for (int i = 0; i < n; ++i) total += std::exp(v[i] - top);
    return top + std::log(total);
}

static double log_multigamma(double a, int d) {
    double total = 0.25 * d * (d - 1) * std::log(M_PI);
    for (int j = 1; j <= d; ++j) total += std::lgamma(a + 0.5 * (1 - j));
    return total;
}

static double log_wishart_prior(int d, int components, const double* diagonals, const double* icf, const double* sums,
                                double gamma, int m) {
    const int degrees = d + m + 1, width = d * (d + 1) / 2;
    double squares = 0.0, trace = 0.0;
    for (int k = 0; k < components; ++k) {
        for (int a = 0; a < d; ++a) squares += diagonals[k * d + a] * diagonals[k * d + a];
        for (int a = d; a < width; ++a) squares += icf[k * width + a] * icf[k * width + a];
        trace += sums[k];
    }
    const double constant = degrees * d * (std::log(gamma) - 0.5 * std::log(2.0)) - log_multigamma(0.5 * degrees, d);
    return 0.5 * gamma * gamma * squares - m * trace - components * constant;
}

__attribute__((noinline)) static double gmm(int d, int components, int n, const double* alphas, const double* means,
                                            const double* icf, const double* x, double gamma, int m) {
    const int width = d * (d + 1) / 2;
    std::vector<double> diagonals(components * d), sums(components), centred(d), y(d), terms(components);
    for (int k = 0; k < components; ++k)
        for (int a = 0; a < d; ++a) {
            diagonals[k * d + a] = std::exp(icf[k * width + a]);
            sums[k] += icf[k * width + a];
        }
    double total = -0.5 * n * d * std::log(2.0 * M_PI);
    for (int i = 0; i < n; ++i) {
        for (int k = 0; k < components; ++k) {
            for (int a = 0; a < d; ++a) centred[a] = x[i * d + a] - means[k * d + a];
            for (int a = 0; a < d; ++a) y[a] = diagonals[k * d + a] * centred[a];
            const double* below = icf + k * width + d;
            for (int a = 0; a < d; ++a)
                for (int b = a + 1; b < d; ++b) y[b] += *below++ * centred[a];
            double square = 0.0;
            for (int a = 0; a < d; ++a) square += y[a] * y[a];
            terms[k] = alphas[k] + sums[k] - 0.5 * square;
        }
        total += log_sum_exp(terms.data(), components);
    }
    total -= n * log_sum_exp(alphas, components);
    return total + log_wishart_prior(d, components, diagonals.data(), icf, sums.data(), gamma, m);
}

static double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

static void lstm_layer(int b, const double* weights, double* hidden, double* cell, double* u) {
    for (int j = 0; j < b; ++j) {
        const double forget = sigmoid(u[j] * weights[j] + weights[4 * b + j]);
        const double ingate = sigmoid(hidden[j] * weights[b + j] + weights[5 * b + j]);
        const double outgate = sigmoid(u[j] * weights[2 * b + j] + weights[6 * b + j]);
        const double change = std::tanh(hidden[j] * weights[3 * b + j] + weights[7 * b + j]);
        cell[j] = cell[j] * forget + ingate * change;
        hidden[j] = outgate * std::tanh(cell[j]);
        u[j] = hidden[j];
    }
}

__attribute__((noinline)) static double lstm(int layers, int steps, int b, const double* main, const double* extra,
                                             const double* start, const double* sequence) {
    std::vector<double> state(start, start + layers * 2 * b), u(b), y(b);
    double total = 0.0;
    for (int t = 0; t < steps - 1; ++t) {
        for (int j = 0; j < b; ++j) u[j] = sequence[t * b + j] * extra[j];
        for (int layer = 0; layer < layers; ++layer)
            lstm_layer(b, main + layer * 8 * b, &state[layer * 2 * b], &state[(layer * 2 + 1) * b], u.data());
        double exponentials = 2.0;
        for (int j = 0; j < b; ++j) {
            y[j] = u[j] * extra[b + j] + extra[2 * b + j];
            exponentials += std::exp(y[j]);
        }
        const double norm = std::log(exponentials);
        for (int j = 0; j < b; ++j) total += sequence[(t + 1) * b + j] * (y[j] - norm);
    }
    return -total / (b * (steps - 1));
}

// Repeated at points that differ a little, so that nothing is hoisted out; `out` receives the first value.
extern "C" double gmm_loop(int d, int components, int n, double* alphas, double* means, double* icf, double* x,
                           double gamma, int m, long repeats, double* out) {
    const double start = alphas[0];
    double total = 0.0;
    for (long r = 0; r < repeats; ++r) {
        alphas[0] = start + r * 1e-13;
        const double value = gmm(d, components, n, alphas, means, icf, x, gamma, m);
        if (r == 0) out[0] = value;
        total += value;
    }
    alphas[0] = start;
    return total;
}

extern "C" double lstm_loop(int layers, int steps, int b, double* main, double* extra, double* state, double* sequence,
                            long repeats, double* out) {
    const double start = main[0];
    double total = 0.0;
    for (long r = 0; r < repeats; ++r) {
        main[0] = start + r * 1e-13;
        const double value = lstm(layers, steps, b, main, extra, state, sequence);
        if (r == 0) out[0] = value;
        total += value;
    }
    main[0] = start;
    return total;
}
