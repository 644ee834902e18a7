// A dual number with N tangents: the number class a C++ programmer writes by hand. Operators are taken by
// reference, loops have constant bounds, scalars never become duals on the way; the compiler does the rest.
#pragma once
#include <cmath>

template <int N>
struct Dual {
#ifdef ALIGNED  // often faster: no tangent straddles a vector or a cache line
    alignas(32) double tangent[N];
    double value;
#else
    double value;
    double tangent[N];
#endif

    Dual() = default;
    Dual(double v) : value(v) {
        for (int k = 0; k < N; ++k) tangent[k] = 0.0;
    }

    Dual& operator+=(const Dual& b) {
        value += b.value;
        for (int k = 0; k < N; ++k) tangent[k] += b.tangent[k];
        return *this;
    }
};

// f(a) with f'(a) given.
template <int N>
inline Dual<N> chain(double value, double partial, const Dual<N>& a) {
    Dual<N> y;
    y.value = value;
    for (int k = 0; k < N; ++k) y.tangent[k] = partial * a.tangent[k];
    return y;
}

// f(a, b) with both partials given.
template <int N>
inline Dual<N> chain(double value, double pa, const Dual<N>& a, double pb, const Dual<N>& b) {
    Dual<N> y;
    y.value = value;
    for (int k = 0; k < N; ++k) y.tangent[k] = pa * a.tangent[k] + pb * b.tangent[k];
    return y;
}

template <int N>
inline Dual<N> operator+(const Dual<N>& a, const Dual<N>& b) {
    Dual<N> y;
    y.value = a.value + b.value;
    for (int k = 0; k < N; ++k) y.tangent[k] = a.tangent[k] + b.tangent[k];
    return y;
}

template <int N>
inline Dual<N> operator-(const Dual<N>& a, const Dual<N>& b) {
    Dual<N> y;
    y.value = a.value - b.value;
    for (int k = 0; k < N; ++k) y.tangent[k] = a.tangent[k] - b.tangent[k];
    return y;
}

template <int N>
inline Dual<N> operator*(const Dual<N>& a, const Dual<N>& b) {
    return chain(a.value * b.value, b.value, a, a.value, b);
}

template <int N>
inline Dual<N> operator/(const Dual<N>& a, const Dual<N>& b) {
    const double inverse = 1.0 / b.value;
    const double y = a.value / b.value;
    return chain(y, inverse, a, -y * inverse, b);
}

template <int N>
inline Dual<N> operator+(const Dual<N>& a, double b) {
    Dual<N> y = a;
    y.value += b;
    return y;
}

template <int N>
inline Dual<N> operator+(double a, const Dual<N>& b) {
    return b + a;
}

template <int N>
inline Dual<N> operator-(const Dual<N>& a, double b) {
    return a + (-b);
}

template <int N>
inline Dual<N> operator-(double a, const Dual<N>& b) {
    return chain(a - b.value, -1.0, b);
}

template <int N>
inline Dual<N> operator-(const Dual<N>& a) {
    return chain(-a.value, -1.0, a);
}

template <int N>
inline Dual<N> operator*(double a, const Dual<N>& b) {
    return chain(a * b.value, a, b);
}

template <int N>
inline Dual<N> operator*(const Dual<N>& a, double b) {
    return b * a;
}

template <int N>
inline Dual<N> operator/(const Dual<N>& a, double b) {
    return chain(a.value / b, 1.0 / b, a);
}

template <int N>
inline Dual<N> operator/(double a, const Dual<N>& b) {
    const double y = a / b.value;
    return chain(y, -y / b.value, b);
}

template <int N>
inline Dual<N> exp(const Dual<N>& a) {
    const double y = std::exp(a.value);
    return chain(y, y, a);
}

template <int N>
inline Dual<N> sqrt(const Dual<N>& a) {
    const double y = std::sqrt(a.value);
    return chain(y, 0.5 / y, a);
}

template <int N>
inline Dual<N> cos(const Dual<N>& a) {
    return chain(std::cos(a.value), -std::sin(a.value), a);
}
