// Jacobian of the last state of a rollout with respect to all its inputs in one sweep of Dual<N>.
#include <algorithm>
#include <vector>

#include "dual.hpp"
#include "programs.hpp"

template <class System, int N>
__attribute__((noinline)) std::vector<double> jacobian(const double* theta, long steps, double h) {
    Dual<N> seeded[System::inputs], y[System::states];
    for (int i = 0; i < System::inputs; ++i) {
        seeded[i] = Dual<N>(theta[i]);
        seeded[i].tangent[i] = 1.0;
    }
    rollout<System>(seeded, steps, h, y);
    std::vector<double> out(System::states * System::inputs);
    for (int i = 0; i < System::states; ++i)
        for (int j = 0; j < System::inputs; ++j) out[i * System::inputs + j] = y[i].tangent[j];
    return out;
}

template <class System>
__attribute__((noinline)) std::vector<double> primal(const double* theta, long steps, double h) {
    std::vector<double> y(System::states);
    rollout<System>(theta, steps, h, y.data());
    return y;
}

// Width 0 is the plain program, 8 the padded chunk, any other exactly as many tangents as there are inputs.
template <class System>
double loop(int width, double* theta, long steps, double h, long repeats, double* out) {
    const double start = theta[0];
    double total = 0.0;
    for (long r = 0; r < repeats; ++r) {
        theta[0] = start + r * 1e-13;
        const std::vector<double> y = width == 0   ? primal<System>(theta, steps, h)
                                      : width == 8 ? jacobian<System, 8>(theta, steps, h)
                                                   : jacobian<System, System::inputs>(theta, steps, h);
        total += y[0];
        if (r == 0) std::copy(y.begin(), y.end(), out);
    }
    theta[0] = start;
    return total;
}

extern "C" double lorenz_jacobian(int width, double* theta, long steps, double h, long repeats, double* out) {
    return loop<Lorenz>(width, theta, steps, h, repeats, out);
}

extern "C" double sir_jacobian(int width, double* theta, long steps, double h, long repeats, double* out) {
    return loop<Sir>(width, theta, steps, h, repeats, out);
}
