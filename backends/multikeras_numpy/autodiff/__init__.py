"""Reverse-mode gradients of NumPy code written in ops: the reference for those of the frameworks.

| file | holds |
|---|---|
| traced.py | the arrays that remember what they were made from |
| recording.py | how an op, called on them, is remembered |
| backward.py | cotangents on their way back, and the functions that the contract asks for |
| gradient_rules.py | the table of rules |
| selection.py | cotangents kept at some entries |
| rules/ | one file a subject, as in `multikeras/ops` |

An op that NumPy supplies natively needs a rule, added by `gradient(ops.name, parameter=...)` in a file that the adapter
lists. Without one a composite runs its body on traced arrays, and a primitive raises when its gradient is asked for. An
implementation that only calls functions of its arguments joins `TRANSPARENT`.
"""
