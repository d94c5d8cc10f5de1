"""The functions of `club.yaml`."""

from service.functions import Caller, Item, Items


def pin_note(note_id: str, notes: Items) -> Item:
    return notes.update(note_id, {"pinned": True})


def get_me(caller: Caller) -> dict[str, object]:
    return {"kind": caller.kind, "id": caller.id, "scopes": sorted(caller.scopes)}


def get_health() -> None:
    """All is well, or nobody would be here."""
