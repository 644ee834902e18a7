// A hyper-dual number with M and N directions and their M x N cross block, in the manner of dual.hpp.
#pragma once
#include <cmath>

template <int M, int N>
struct Hyper {
    double value;
    double row[M];
    double column[N];
    double cross[M][N];

    Hyper() = default;
    Hyper(double v) : value(v) {
        for (int i = 0; i < M; ++i) row[i] = 0.0;
        for (int j = 0; j < N; ++j) column[j] = 0.0;
        for (int i = 0; i < M; ++i)
            for (int j = 0; j < N; ++j) cross[i][j] = 0.0;
    }

    Hyper& operator+=(const Hyper& b) {
        value += b.value;
        for (int i = 0; i < M; ++i) row[i] += b.row[i];
        for (int j = 0; j < N; ++j) column[j] += b.column[j];
        for (int i = 0; i < M; ++i)
            for (int j = 0; j < N; ++j) cross[i][j] += b.cross[i][j];
        return *this;
    }
};

// f(a) with f'(a) given, f''(a) zero.
template <int M, int N>
inline Hyper<M, N> linear(double value, double first, const Hyper<M, N>& a) {
    Hyper<M, N> y;
    y.value = value;
    for (int i = 0; i < M; ++i) y.row[i] = first * a.row[i];
    for (int j = 0; j < N; ++j) y.column[j] = first * a.column[j];
    for (int i = 0; i < M; ++i)
        for (int j = 0; j < N; ++j) y.cross[i][j] = first * a.cross[i][j];
    return y;
}

// f(a) with f'(a) and f''(a) given.
template <int M, int N>
inline Hyper<M, N> chain(double value, double first, double second, const Hyper<M, N>& a) {
    Hyper<M, N> y;
    y.value = value;
    for (int i = 0; i < M; ++i) y.row[i] = first * a.row[i];
    for (int j = 0; j < N; ++j) y.column[j] = first * a.column[j];
    for (int i = 0; i < M; ++i) {
        const double bent = second * a.row[i];
        for (int j = 0; j < N; ++j) y.cross[i][j] = first * a.cross[i][j] + bent * a.column[j];
    }
    return y;
}

template <int M, int N>
inline Hyper<M, N> operator+(const Hyper<M, N>& a, const Hyper<M, N>& b) {
    Hyper<M, N> y = a;
    y += b;
    return y;
}

template <int M, int N>
inline Hyper<M, N> operator-(const Hyper<M, N>& a, const Hyper<M, N>& b) {
    Hyper<M, N> y;
    y.value = a.value - b.value;
    for (int i = 0; i < M; ++i) y.row[i] = a.row[i] - b.row[i];
    for (int j = 0; j < N; ++j) y.column[j] = a.column[j] - b.column[j];
    for (int i = 0; i < M; ++i)
        for (int j = 0; j < N; ++j) y.cross[i][j] = a.cross[i][j] - b.cross[i][j];
    return y;
}

template <int M, int N>
inline Hyper<M, N> operator*(const Hyper<M, N>& a, const Hyper<M, N>& b) {
    Hyper<M, N> y;
    y.value = a.value * b.value;
    for (int i = 0; i < M; ++i) y.row[i] = b.value * a.row[i] + a.value * b.row[i];
    for (int j = 0; j < N; ++j) y.column[j] = b.value * a.column[j] + a.value * b.column[j];
    for (int i = 0; i < M; ++i)
        for (int j = 0; j < N; ++j)
            y.cross[i][j] = b.value * a.cross[i][j] + a.value * b.cross[i][j] + a.row[i] * b.column[j] +
                            b.row[i] * a.column[j];
    return y;
}

template <int M, int N>
inline Hyper<M, N> operator+(const Hyper<M, N>& a, double b) {
    Hyper<M, N> y = a;
    y.value += b;
    return y;
}

template <int M, int N>
inline Hyper<M, N> operator-(double a, const Hyper<M, N>& b) {
    return linear(a - b.value, -1.0, b);
}

template <int M, int N>
inline Hyper<M, N> operator*(double a, const Hyper<M, N>& b) {
    return linear(a * b.value, a, b);
}

template <int M, int N>
inline Hyper<M, N> operator/(const Hyper<M, N>& a, double b) {
    return linear(a.value / b, 1.0 / b, a);
}

template <int M, int N>
inline Hyper<M, N> exp(const Hyper<M, N>& a) {
    const double y = std::exp(a.value);
    return chain(y, y, y, a);
}

template <int M, int N>
inline Hyper<M, N> sqrt(const Hyper<M, N>& a) {
    const double y = std::sqrt(a.value);
    return chain(y, 0.5 / y, -0.25 / (y * a.value), a);
}

template <int M, int N>
inline Hyper<M, N> cos(const Hyper<M, N>& a) {
    const double y = std::cos(a.value);
    return chain(y, -std::sin(a.value), -y, a);
}
