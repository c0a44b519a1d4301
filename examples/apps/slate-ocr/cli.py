#!/usr/bin/env python3
"""The app on the command line: python cli.py [--parameter VALUE ...] -- IN.mmif OUT.mmif

Progress goes to stderr. The exit status is 1 if the app failed; OUT.mmif then holds the error view.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path

import app
import jsonschema
import progress
from clams import AppMetadata


def arguments(metadata: AppMetadata) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=f"{metadata.name}: {metadata.description}",
        epilog="Put -- before the files if a parameter with several values comes last.",
    )
    for parameter in metadata.parameters:
        default = "" if parameter.default is None else f" (default: {parameter.default})"
        parser.add_argument(
            f"--{parameter.name}",
            nargs="+" if parameter.multivalued else 1,
            action="extend",
            choices=parameter.choices,
            help=f"{parameter.description}{default}".replace("%", "%%"),
        )
    parser.add_argument("source", metavar="IN.mmif", nargs="?", default="-", help="the input; - is stdin")
    parser.add_argument("target", metavar="OUT.mmif", nargs="?", default="-", help="the output; - is stdout")
    return parser


def say(percent: float) -> None:
    print(f"CHOWDA-PROGRESS {percent:g}", file=sys.stderr, flush=True)


def main() -> int:
    clams_app = app.get_app()
    given = vars(arguments(clams_app.metadata).parse_args())
    source, target = given.pop("source"), given.pop("target")
    parameters = {name: values for name, values in given.items() if values is not None}
    text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    progress.report_to(say)
    status = 0
    with redirect_stdout(sys.stderr):  # what a library prints must not end up in the MMIF
        try:
            answer = clams_app.annotate(text, **parameters)
        except (jsonschema.ValidationError, json.JSONDecodeError) as error:
            sys.exit(f"{source} is not valid MMIF: {getattr(error, 'message', error)}")
        except Exception as error:
            print(f"{clams_app.metadata.name} failed: {error}", file=sys.stderr)
            answer = clams_app.record_error(text, **parameters).serialize(pretty=True)
            status = 1
    if target == "-":
        sys.stdout.write(answer)
    else:
        Path(target).write_text(answer, "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
