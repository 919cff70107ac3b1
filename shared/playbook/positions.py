"""Values read from a YAML file and the place where each one was written."""

from dataclasses import dataclass, field

from pydantic import JsonValue

Path = tuple[str | int, ...]
Position = tuple[int, int]

START: Position = (1, 1)
NOWHERE: Position = (0, 0)
"""Of what is wrong with a file or a folder as a whole."""


@dataclass(slots=True)
class Node:
    """A value with its line and column, counted from 1; an alias shares the node of its anchor."""

    at: Position
    value: JsonValue
    children: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str | int, Position] = field(default_factory=dict)
    size: int = 1

    def add(self, name: str | int, child: "Node", key_at: Position | None = None) -> None:
        if isinstance(self.value, dict):
            self.value[str(name)] = child.value
        elif isinstance(self.value, list):
            self.value.append(child.value)
        self.children[name] = child
        self.keys[name] = key_at or child.at
        self.size += child.size


class Positions:
    """Where the values of a file were written, found by their path such as ("rules", 3, "points")."""

    def __init__(self, root: Node | None = None) -> None:
        self._root = root or Node(START, {})

    @property
    def root(self) -> Node:
        return self._root

    @property
    def value(self) -> JsonValue:
        return self._root.value

    def locate(self, path: Path) -> Position:
        """(line, column), from 1, of the value at the path, or of what is nearest above where nothing was written."""
        return self._follow(path).at

    def locate_key(self, path: Path) -> Position:
        """(line, column), from 1, of the key that ends the path; as `locate` where no such key was written."""
        above = self._node(path[:-1]) if path else None
        return above.keys.get(path[-1], above.at) if above else self.locate(path)

    def keys(self, path: Path) -> frozenset[str]:
        """The keys written in the mapping at the path."""
        node = self._node(path)
        return frozenset(map(str, node.keys)) if node else frozenset()

    def _node(self, path: Path) -> Node | None:
        node: Node | None = self._root
        for part in path:
            node = node.children.get(part) if node else None
        return node

    def _follow(self, path: Path) -> Node:
        node = self._root
        for part in path:
            if part not in node.children:
                break
            node = node.children[part]
        return node
