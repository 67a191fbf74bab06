"""The conformance suite: `pytest --pyargs multikeras_conformance --mk-backend=NAME` runs it on any installed backend.

Every declared op is called on every one of its cases and in all dtypes, eager, symbolic, compiled, under vmap, at
special values and with bad arguments, and compared with an independent oracle, gradients to second order too; layers,
losses, metrics, optimizers and training are held to what must be true on every backend.

| option | |
| --- | --- |
| `--mk-backend=NAME` | the backend; NumPy by default |
| `--mk-device=DEVICE` | make everything there, as in `multikeras.device` |
| `--mk-report=FOLDER` | write FOLDER/NAME.json, of which `python -m multikeras_conformance.report FOLDER` makes pages |
| `--thorough` | every case in every dtype, and calls drawn by Hypothesis |
| `--mk-minutes=N` | how long those are drawn, for all ops together |
"""
