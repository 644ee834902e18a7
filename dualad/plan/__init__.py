"""Which mode a derivative is taken in: chosen from sizes and predicted costs, and said in words.

Nothing here knows a user's function: it gets numbers of inputs and outputs, and what a sweep costs. The files:

- `plan`: what was chosen, and why;
- `choose`: the lists of decisions, as code;
- `chains`: in what order the factors of a product of Jacobians are accumulated;
- `cost`: what sweeps cost, in evaluations of the function;
- `widths`: how many directions a forward sweep carries.
"""
