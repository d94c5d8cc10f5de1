"""Changes are written into a text, and everything else of it stays."""

import json
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from infra.edits import CannotWrite, rewritten
from service.contract.document import parse
from tests.complete.texts import MAPPINGS, Writer, changed

MANY = settings(
    max_examples=settings().max_examples // 3,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink such a text takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@MANY
@given(MAPPINGS, st.data())
def test_any_change_can_be_written_into_any_text(data: dict[str, Any], choice: Any) -> None:
    text = Writer(choice.draw).document(data).encode()
    old = parse(text, ".yaml")
    first = next(iter(data))
    new = {first: old.data[first]} | changed(old.data, choice.draw, removing=True)
    assert parse(rewritten(text, ".yaml", old, new), ".yaml").data == new


@MANY
@given(MAPPINGS, st.data())
def test_no_comment_is_lost_where_nothing_is_removed(data: dict[str, Any], choice: Any) -> None:
    writer = Writer(choice.draw)
    text = writer.document(data).encode()
    old = parse(text, ".yaml")
    new = changed(old.data, choice.draw, removing=False)
    written = rewritten(text, ".yaml", old, new).decode()
    assert [comment for comment in writer.comments if comment not in written] == []


@MANY
@given(MAPPINGS, st.data())
def test_json_stays_json_with_its_indent(data: dict[str, Any], choice: Any) -> None:
    indent = choice.draw(st.sampled_from([None, 2, "\t"]))
    text = json.dumps(data, indent=indent, ensure_ascii=choice.draw(st.booleans()))
    old = parse(text.encode(), ".json")
    first = next(iter(data))
    new = {first: old.data[first]} | changed(old.data, choice.draw, removing=True)
    written = rewritten(text.encode(), ".json", old, new).decode()
    found = json.loads(written)
    assert found == new
    assert written == json.dumps(found, indent=indent, ensure_ascii=text.isascii())


def edited(text: str, change: Any, suffix: str = ".yaml") -> str:
    """A text with what `change` does to its data."""
    content = dedent(text).encode()
    old = parse(content, suffix)
    new = parse(content, suffix).data
    change(new)
    return rewritten(content, suffix, old, new).decode()


def test_a_new_key_stands_behind_the_one_before_it_like_its_neighbours() -> None:
    def close(data: Any) -> None:
        pet = data["Pet"]
        data["Pet"] = {"type": pet["type"], "additionalProperties": False} | pet

    assert edited("Pet:\n    type: object # ours\n    required: [name]", close) == (
        "Pet:\n    type: object # ours\n    additionalProperties: false\n    required: [name]"
    )


def test_what_is_put_in_has_the_quotes_lists_and_indents_of_its_text() -> None:
    text = """\
        paths:
            "/pets":
            -   tags: ["a", "b"]

            -   tags: ["c"]
        """

    def add(data: Any) -> None:
        data["paths"]["/pets"].append({"200": {"tags": ["d"]}})

    assert edited(text, add).endswith('tags: ["c"]\n\n    - "200":\n          tags: [d]\n')


def test_an_anchor_and_its_aliases_become_the_same() -> None:
    text = "a: &one\n  x: 1\nb: *one\n"

    def both(data: Any) -> None:
        data["a"]["w"] = data["b"]["w"] = 2

    assert edited(text, both) == "a: &one\n  x: 1\n  w: 2\nb: *one\n"


def test_an_alias_that_is_to_differ_is_written_out() -> None:
    text = "a: &one\n  x: 1\nb: *one # copy\n"

    def one(data: Any) -> None:
        data["a"]["w"] = 2

    def other(data: Any) -> None:
        data["b"]["w"] = 2

    assert edited(text, one) == "a: &one\n  x: 1\n  w: 2\nb: # copy\n  x: 1\n"
    assert edited(text, other) == "a: &one\n  x: 1\nb: # copy\n  x: 1\n  w: 2\n"


def test_a_value_that_was_merged_in_is_overridden_in_place() -> None:
    text = "a: &one\n  x: {z: 1}\n  w: 1\nb:\n  <<: *one\n  w: 2\n"

    def change(data: Any) -> None:
        data["b"]["x"]["k"] = data["b"]["v"] = 3

    assert edited(text, change) == (
        "a: &one\n  x: {z: 1}\n  w: 1\nb:\n  <<: *one\n  w: 2\n  x:\n    z: 1\n    k: 3\n  v: 3\n"
    )


def test_what_cannot_be_written_names_its_place() -> None:
    text = "a: &one\n  x: 1\nb:\n  c:\n    <<: *one\n    w: 2\n"

    def change(data: Any) -> None:
        del data["b"]["c"]["x"]

    with pytest.raises(CannotWrite) as refusal:
        edited(text, change)
    assert refusal.value.place == ("b", "c", "x")


def test_json_keeps_its_indent_and_its_letters() -> None:
    def change(data: Any) -> None:
        data["a"]["c"] = "é"

    assert edited('{\n\t"a": {\n\t\t"b": "é"\n\t}\n}\n', change, ".json") == (
        '{\n\t"a": {\n\t\t"b": "é",\n\t\t"c": "é"\n\t}\n}\n'
    )
    assert edited('{"a":{"b":"\\u00e9"}}', change, ".json") == '{"a":{"b":"\\u00e9","c":"\\u00e9"}}'


def test_json_inside_of_yaml_stays_json() -> None:
    text = '{"a": {\n  "b": 1,\n  "c": [1, 2]\n}}\n'

    def change(data: Any) -> None:
        data["a"]["d"] = {"e": [True]}
        data["a"]["c"].remove(1)

    assert edited(text, change) == (
        '{"a": {\n  "b": 1,\n  "c": [2],\n  "d": {\n    "e": [\n      true\n    ]\n  }\n}}\n'
    )


def test_a_file_without_a_last_line_break_can_be_changed() -> None:
    def change(data: Any) -> None:
        data["b"] = 1

    assert edited("a: 1 # one", change) == "a: 1 # one\nb: 1"
    assert edited("a: |-\n  text", change) == "a: |-\n  text\nb: 1"
    assert edited("a:\n  - |\n    text", change) == "a:\n  - |-\n    text\nb: 1"
    assert edited("a: >\n  text\n", change) == "a: >\n  text\nb: 1\n"
