"""Reads one YAML file into plain values with positions.

The events come from libyaml (through PyYAML; a file of ten thousand rules is read some thirty times as fast as by a
parser in Python); what a scalar means is decided here, by the core schema of YAML 1.2.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn, Protocol

import yaml
from pydantic import JsonValue

from shared.playbook.errors import PlaybookError, Problem
from shared.playbook.positions import START, Node, Position, Positions
from shared.playbook.scalars import describe, plain_scalar, shortened
from shared.playbook.syntax import full_width, in_half_width, syntax_message

LONGEST_FILE = 8_000_000
DEEPEST_NESTING = 100
MOST_ALIASED_VALUES = 100_000

_NO_KEY = "a key is missing before the ':'"
_NO_MERGE = "merge keys (<<) are not part of YAML 1.2; write the keys out"
_NO_TEXT_KEY = "found a list or mapping as a key; a key is text"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER_TEXT = re.compile("[\x00\ud800-\udfff]")


class _Mark(Protocol):
    line: int
    column: int


def decode_text(content: bytes, name: str) -> str:
    """The text of a file: UTF-8 with or without a byte order mark. Raises PlaybookError at the first other byte."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        message = f"found the byte 0x{content[error.start]:02x}; UTF-8 text is expected: save the file as UTF-8"
        raise PlaybookError([Problem(name, *_position_after(before), message)]) from None


@lru_cache(maxsize=32)
def read_yaml(text: str, name: str) -> Positions:
    """Read a YAML 1.2 file whose top level is a mapping. Raises PlaybookError with all the problems found."""
    if refusal := _refusal_of_text(text, name):
        raise PlaybookError([refusal])
    reader = _Reader(name)
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        position = _position(error.problem_mark or error.context_mark)
        reader.problem(*(full_width(text, position) or (position, syntax_message(error, text, position))))
    root = reader.finished()
    if root is None:
        raise PlaybookError(reader.problems)
    return Positions(root)


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=_LOADER)


def _refusal_of_text(text: str, name: str) -> Problem | None:
    if len(text) > LONGEST_FILE:
        return Problem(name, *START, f"the file has {len(text)} characters; at most {LONGEST_FILE} are expected")
    if found := _UNPRINTABLE.search(text):
        position = _position_after(text[: found.start()])
        return Problem(name, *position, f"found the control character U+{ord(found.group()):04X}; remove it")
    return None


def _position_after(before: str) -> Position:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _position(mark: _Mark | None) -> Position:
    return (mark.line + 1, mark.column + 1) if mark else START


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read yet, with the key that waits for its value."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_at: Position = START


class _Reader:
    """Builds the tree from the parser's events, without recursion, and goes on after a mistake where it can."""

    def __init__(self, name: str) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._open: list[_Open] = []
        self._root: Node | None = None
        self._anchors: dict[str, Node | None] = {}
        self._aliased = 0
        self._documents = 0

    def problem(self, at: Position, message: str) -> None:
        self.problems.append(Problem(self._name, *at, message))

    def finished(self) -> Node | None:
        """The top-level mapping; None, with a problem, where the file holds something else or nothing."""
        root = self._root
        if not self.problems and (root is None or root.value is None):
            self.problem(START, "the file is empty; keys with values are expected (write {} for none)")
        elif not self.problems and root and not isinstance(root.value, dict):
            self.problem(root.at, f"found {describe(root.value)}; keys with values (key: value) are expected")
        return None if self.problems else root

    def take(self, event: yaml.Event) -> None:
        at = _position(event.start_mark)
        match event:
            case yaml.ScalarEvent():
                self._take_scalar(event, at)
            case yaml.AliasEvent():
                self._take_alias(event.anchor or "", at)
            case yaml.CollectionStartEvent():
                self._open_collection(event, at)
            case yaml.CollectionEndEvent():
                closed = self._open.pop()
                self._finish(closed.node, closed.anchor)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._refuse(at, "a second document begins here, a file holds one; remove the line '---'")

    def _refuse(self, at: Position, message: str) -> NoReturn:
        self.problem(at, message)
        raise PlaybookError(self.problems)

    def _awaits_key(self) -> bool:
        return bool(self._open) and self._open[-1].key is None and isinstance(self._open[-1].node.value, dict)

    def _take_scalar(self, event: yaml.ScalarEvent, at: Position) -> None:
        plain = event.implicit[0]
        self._refuse_tag(event.tag, at)
        if _NEVER_TEXT.search(event.value):
            self.problem(at, "text without NUL characters is expected")
        if not self._awaits_key():
            self._finish(Node(at, self._scalar_value(event.value, plain, at)), event.anchor)
            return
        if plain and event.value in {"", "<<"}:
            self.problem(at, _NO_KEY if event.value == "" else _NO_MERGE)
        if plain and event.value.startswith("\u3000"):
            self.problem(at, in_half_width("\u3000"))
        if event.anchor:
            self._anchors[event.anchor] = Node(at, event.value)
        self._take_key(event.value, at)

    def _scalar_value(self, text: str, plain: bool, at: Position) -> str | int | float | bool | None:
        try:
            return plain_scalar(text) if plain else text
        except ValueError as error:
            self.problem(at, str(error))
            return None

    def _take_key(self, key: str, at: Position) -> None:
        owner = self._open[-1]
        if key in owner.node.keys:
            first = owner.node.keys[key][0]
            self.problem(at, f"the key '{shortened(key)}' is there twice, first on line {first}; keep one of them")
        owner.key, owner.key_at = key, at

    def _take_alias(self, anchor: str, at: Position) -> None:
        node = self._anchors.get(anchor)
        if node is None:
            self.problem(at, self._no_such_alias(anchor))
            node = Node(at, "")
        self._aliased += node.size
        if self._aliased > MOST_ALIASED_VALUES:
            self._refuse(at, f"aliases such as *{anchor} repeat more than {MOST_ALIASED_VALUES} values")
        if not self._awaits_key():
            self._finish(node, None)
        elif isinstance(node.value, str):
            self._take_key(node.value, at)
        else:
            self._refuse(at, _NO_TEXT_KEY)

    def _no_such_alias(self, anchor: str) -> str:
        if anchor in self._anchors:
            return f"*{anchor} stands inside the value &{anchor}, in a cycle; a value cannot hold itself"
        nearest = get_close_matches(anchor, self._anchors, 1)
        return f"*{anchor} has no anchor &{anchor} above it" + (f"; did you mean *{nearest[0]}?" if nearest else "")

    def _open_collection(self, event: yaml.CollectionStartEvent, at: Position) -> None:
        self._refuse_tag(event.tag, at)
        if len(self._open) >= DEEPEST_NESTING:
            self._refuse(at, f"lists and mappings are nested more than {DEEPEST_NESTING} deep")
        if self._awaits_key():
            self._refuse(at, _NO_TEXT_KEY)
        if event.anchor:
            self._anchors[event.anchor] = None
        value: dict[str, JsonValue] | list[JsonValue] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(Node(at, value), event.anchor))

    def _refuse_tag(self, tag: str | None, at: Position) -> None:
        if tag is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.problem(at, f"found the tag {shortened(shown)}; remove it: a playbook is made of plain values")

    def _finish(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return
        owner = self._open[-1]
        if owner.key is None:
            owner.node.add(len(owner.node.children), node)
        else:
            owner.node.add(owner.key, node, owner.key_at)
            owner.key = None
