"""The module that generated functions belong to. It is empty: Numba looks it up when it loads from its cache what calls them."""
