"""The report of a run of the suite: one JSON file per backend, and pages made of it.

```sh
pytest --pyargs multikeras_conformance --mk-backend=NAME --mk-report=FOLDER   # writes FOLDER/NAME.json
python -m multikeras_conformance.report FOLDER --markdown FILE --html FILE    # renders those in FOLDER
```

- `schema`: what such a file holds, as dataclasses, with its version
- `noting`: how tests hand over what the report says of them
- `collecting`: the part that listens to pytest and writes the file
- `markdown`, `html`: the two forms that a person reads
"""
