"""Functions whose derivative the user states: `custom_jvp`, `custom_vjp`, `stop_gradient`, `straight_through`.

A call of such a function stays one operation in every mode: a `Primitive`. `primitive` says what it is to Numba, `rules`
holds the two decorators, `forward` and `transpose` apply the rules in forward and reverse mode, `values` has the two
functions whose rule is fixed.
"""
