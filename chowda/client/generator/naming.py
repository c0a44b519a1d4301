"""Names and docstrings of the generated code."""

from __future__ import annotations

import keyword
import re
import textwrap

DOC_WIDTH = 100


def snake_case(name: str) -> str:
    """A Python keyword gets an underscore at the end."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def pascal_case(name: str) -> str:
    return name[:1].upper() + name[1:]


def fragment_constant(fragment: str) -> str:
    return f"{snake_case(fragment).upper()}_FRAGMENT"


def docstring(text: str, indent: int = 0) -> str:
    """Wrapped to DOC_WIDTH. A text with line breaks, such as a table, keeps them."""
    prefix = " " * indent
    if "\n" in text:
        return textwrap.indent(f'r"""{text}\n"""', prefix)
    lines = textwrap.wrap(text, DOC_WIDTH, break_long_words=False)
    if len(lines) == 1:
        closing = ' """' if lines[0].endswith('"') else '"""'
        return f'{prefix}"""{lines[0]}{closing}'
    return textwrap.indent("\n".join([f'"""{lines[0]}', *lines[1:], '"""']), prefix)


def attribute_docstring(text: str | None) -> str:
    """On the line after the attribute; nothing without a text."""
    return f"\n{docstring(text)}" if text else ""
