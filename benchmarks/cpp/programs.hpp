// The programs of benchmarks/programs.py for any number type.
#pragma once
#include <cmath>
#include <cstddef>

struct Rosenbrock {
    template <class T>
    T operator()(const T* x, std::size_t n) const {
        T total(0.0);
        for (std::size_t i = 0; i + 1 < n; ++i) {
            const T a = 1.0 - x[i];
            const T b = x[i + 1] - x[i] * x[i];
            total += a * a + 100.0 * b * b;
        }
        return total;
    }
};

struct Ackley {
    template <class T>
    T operator()(const T* x, std::size_t n) const {
        using std::cos, std::exp, std::sqrt;
        T squares(0.0), cosines(0.0);
        for (std::size_t i = 0; i < n; ++i) {
            squares += x[i] * x[i];
            cosines += cos(2.0 * M_PI * x[i]);
        }
        const double size = static_cast<double>(n);
        return -20.0 * exp(-0.2 * sqrt(squares / size)) - exp(cosines / size) + (20.0 + M_E);
    }
};

struct Logit {
    template <class T>
    T operator()(const T* x, std::size_t n) const {
        using std::exp;
        T squares(0.0);
        for (std::size_t i = 0; i < n; ++i) squares += x[i] * x[i];
        return 1.0 / (1.0 + exp(-1.0 * squares));
    }
};

struct Lorenz {
    static constexpr int states = 3, inputs = 6;

    template <class T>
    static void rate(const T* y, const T* theta, T* dy) {
        dy[0] = theta[3] * (y[1] - y[0]);
        dy[1] = y[0] * (theta[4] - y[2]) - y[1];
        dy[2] = y[0] * y[1] - theta[5] * y[2];
    }
};

struct Sir {
    static constexpr int states = 3, inputs = 5;

    template <class T>
    static void rate(const T* y, const T* theta, T* dy) {
        const T infections = theta[3] * y[0] * y[1] / (y[0] + y[1] + y[2]);
        const T recoveries = theta[4] * y[1];
        dy[0] = -1.0 * infections;
        dy[1] = infections - recoveries;
        dy[2] = recoveries;
    }
};

// One classical Runge-Kutta rollout; the result is the last state. Constant bounds, so that the compiler keeps
// everything in registers or on the stack as it likes.
template <class System, class T>
void rollout(const T* theta, long steps, double h, T* y) {
    constexpr int n = System::states;
    T k1[n], k2[n], k3[n], k4[n], stage[n];
    for (int i = 0; i < n; ++i) y[i] = theta[i];
    for (long step = 0; step < steps; ++step) {
        System::rate(y, theta, k1);
        for (int i = 0; i < n; ++i) stage[i] = y[i] + 0.5 * h * k1[i];
        System::rate(stage, theta, k2);
        for (int i = 0; i < n; ++i) stage[i] = y[i] + 0.5 * h * k2[i];
        System::rate(stage, theta, k3);
        for (int i = 0; i < n; ++i) stage[i] = y[i] + h * k3[i];
        System::rate(stage, theta, k4);
        for (int i = 0; i < n; ++i) y[i] += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
    }
}
