"""The base of all optimizers, one idea a file; each class derives from the one of the file before:

`state` (variables of an optimizer's own), `learning_rate`, `weight_decay`, `updates` (one step, weight by weight or all
at once), `accumulation` (steps by the gradients of several calls), `averages` (of weights), `saving`. `optimizer.py`
beside this package adds `apply`; `rows` says which weights one call moves.
"""
