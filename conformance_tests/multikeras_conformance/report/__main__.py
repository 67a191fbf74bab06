"""Pages from reports: `python -m multikeras_conformance.report FOLDER [--markdown FILE] [--html FILE]`."""

from __future__ import annotations

import argparse
import pathlib
import sys

from multikeras_conformance.report import html, markdown, schema


def main(arguments: list[str] | None = None) -> int:
    """The exit status of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m multikeras_conformance.report",
        description="Renders the reports that pytest --pyargs multikeras_conformance --mk-report=FOLDER wrote.",
    )
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER", help="where the JSON files are")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write a page in Markdown")
    parser.add_argument("--html", type=pathlib.Path, metavar="FILE", help="write one self-contained HTML page")
    options = parser.parse_args(arguments)
    try:
        reports = schema.load_all(options.folder)
    except schema.SchemaError as error:
        parser.error(str(error))
    if options.markdown is not None:
        options.markdown.write_text(markdown.render(reports), encoding="utf-8")
    if options.html is not None:
        options.html.write_text(html.render(reports), encoding="utf-8")
    if options.markdown is None and options.html is None:
        sys.stdout.write(markdown.render(reports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
