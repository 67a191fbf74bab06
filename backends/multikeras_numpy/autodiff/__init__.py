"""Reverse-mode gradients of NumPy code written in ops: the reference for those of the frameworks.

| file | holds |
|---|---|
| traced.py | the arrays that remember what they were made from |
| recording.py | how an op, called on them, is remembered |
| backward.py | cotangents on their way back, and the functions that the contract asks for |
| gradient_rules.py | the table of rules |
| rules/ | one file a subject, as in `multikeras/ops` |
"""
