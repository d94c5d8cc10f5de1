"""Reach: the operations that a fault concerns, as it is in them or in what they refer to."""

from collections.abc import Iterable, Iterator

from service.contract.document import Document, Json, Place, place_of, references

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The methods of OpenAPI."""


class Reach:
    """The parts of a document (an operation, the rest of a path, a component, any other key at the
    top), and which of them refer to which."""

    def __init__(self, document: Document) -> None:
        self._users: dict[Place, set[Place]] = {}
        self.operations = list(_operations(document.data))
        """Their pointers, in the order of the document."""
        for place in self.operations:
            self._users.setdefault(place[:2], set()).add(place)
        for place, reference in references(document.data):
            if reference.startswith("#/"):
                self._users.setdefault(part_of(place_of(reference)), set()).add(part_of(place))
        for place, scheme in _schemes(document.data, self.operations):
            self._users.setdefault(("components", "securitySchemes", scheme), set()).add(place)

    def hit(self, places: Iterable[Place]) -> set[Place]:
        """The parts that contain one of these pointers, and those that refer to such a part."""
        found: set[Place] = set()
        waiting = [part_of(place) for place in places]
        while waiting:
            part = waiting.pop()
            if part not in found:
                found.add(part)
                waiting += self._users.get(part, ())
        return found


def _operations(data: dict[str, Json]) -> Iterator[Place]:
    paths = data.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in item if isinstance(item, dict) and path.startswith("/") else ():
            if method in METHODS:
                yield "paths", path, method


def _schemes(data: dict[str, Json], operations: list[Place]) -> Iterator[tuple[Place, str]]:
    """Each operation with the security schemes that it, or the whole document, names."""
    for place in operations:
        operation: Json = data["paths"][place[1]][place[2]]
        own = isinstance(operation, dict) and "security" in operation
        stated = operation["security"] if own else data.get("security")
        for requirement in stated if isinstance(stated, list) else ():
            if isinstance(requirement, dict):
                yield from ((place, name) for name in requirement)


def part_of(place: Place) -> Place:
    """The part of a document that a pointer leads into."""
    match place:
        case ("paths", _, method, *_) if method in METHODS:
            return place[:3]
        case ("paths", _, *_):
            return place[:2]
        case ("components", _, _, *_):
            return place[:3]
    return place[:1]
