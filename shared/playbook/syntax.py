"""The YAML parser's complaints in plain words."""

import re

import yaml

from shared.playbook.positions import Position

_WORDING = {
    "mapping values are not allowed in this context": (
        "found a ':' where none fits: indent the key like its neighbours, put a space after the ':' above it, "
        "or put text that holds ': ' in quotes"
    ),
    "block sequence entries are not allowed in this context": "a list begins on a line of its own below its key",
    "could not find expected ':'": "a ':' after the key is missing",
    "did not find expected key": (
        "a key is expected here: check the indentation, and the quotes and brackets just before it"
    ),
    "did not find expected '-' indicator": "a list item beginning with '- ' at the list's indentation is expected",
    "did not find expected ',' or ']'": "a ',' or ']' is missing",
    "did not find expected ',' or '}'": "a ',' or '}' is missing",
    "did not find expected node content": "a value is missing",
    "found unexpected end of stream": "a quotation mark is not closed",
    "found unknown escape character": "this \\ escape is unknown; double the \\ or use single quotes",
    "found invalid Unicode character escape code": "this \\ escape is not a character",
    "found incompatible YAML document": "YAML 1.2 is expected",
    "found a tab character where an indentation space is expected": "a tab is used for indentation; use spaces",
    "did not find expected <document start>": "nothing more is expected here; a file holds one document",
}


_WIDE = re.compile(
    r"""(?:^|[{,\[])[ ]*(?:-[ ]+)?[A-Za-z_]\w*(?P<colon>：)  # a key
    |^[ ]*(?P<indent>\u3000)
    |^[ ]*(?:-[ ]+)?[A-Za-z_]\w*:(?P<space>\u3000)
    |[{\[][^"'#]*(?P<bracket>[，｛｝［］])""",
    re.ASCII | re.VERBOSE,
)
_IN_ASCII = {
    "：": "':' and a space",
    "\u3000": "a space",
    "，": "','",
    "｛": "'{'",
    "｝": "'}'",
    "［": "'['",
    "］": "']'",
}
"""What Japanese keyboards write in full width, and what YAML reads."""


def full_width(text: str, at: Position) -> tuple[Position, str] | None:
    """Where punctuation was written in full width, on the line of a mistake or the one before it, and what to write."""
    lines = text.split("\n")[: at[0]]
    for number in range(len(lines), max(0, len(lines) - 2), -1):
        if found := _WIDE.search(lines[number - 1]):
            kind = found.lastgroup or ""
            return (number, found.start(kind) + 1), in_half_width(found[kind])
    return None


def in_half_width(character: str) -> str:
    name = "space" if character == "\u3000" else f"'{character}'"
    return f"found a full-width {name}; write {_IN_ASCII[character]} in half width (ASCII)"


def syntax_message(error: yaml.MarkedYAMLError, text: str, at: Position) -> str:
    """One line saying what is wrong at the position, and where the list, mapping or quote around it began."""
    problem = error.problem or "the file cannot be read"
    if problem == "found character that cannot start any token":
        return _unexpected_character(_character(text, at))
    message = _WORDING.get(problem, f"not valid YAML: {problem}")
    began = error.context_mark
    if began and began.line + 1 < at[0] and "flow" in (error.context or ""):
        return f"{message}; what is open began on line {began.line + 1}, column {began.column + 1}"
    return message


def _unexpected_character(character: str) -> str:
    if character == "\t":
        return "a tab is used for indentation; use spaces"
    return f"text that begins with '{character}' is written in quotes"


def _character(text: str, at: Position) -> str:
    lines = text.split("\n")
    line = lines[at[0] - 1] if at[0] <= len(lines) else ""
    return line[at[1] - 1 : at[1]]
