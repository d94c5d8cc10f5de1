"""A difference leads from one text to the other, and shows what belongs together."""

import re
from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from infra.edits.diff import unified

LINES = st.lists(st.sampled_from(["a:", "  b:", "    c: 1", "  d: 2", "", "{", "}"]), max_size=30)


def patched(old: list[str], difference: list[str]) -> list[str]:
    """The lines that a unified diff makes of others, each hunk at the line that it names."""
    new: list[str] = []
    at = 0
    for line in difference[2:]:
        if found := re.fullmatch(r"@@ -(\d+),(\d+) \+\d+,\d+ @@", line):
            start = int(found[1]) - (found[2] != "0")
            new += old[at:start]
            at = start
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            at += 1
            new += [line[1:]] * (line[0] == " ")
    return new + old[at:]


@given(LINES, LINES)
def test_it_leads_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    difference = list(unified("\n".join([*old, "."]), "\n".join([*new, "."]), "it"))
    assert patched([*old, "."], difference) == [*new, "."]


def test_what_repeats_in_many_places_is_told_apart_by_what_it_stands_in() -> None:
    one = "/{}:\n  get:\n    responses:\n      '200':\n        description: OK\n"
    old = "".join(one.format(number) for number in range(300))
    new = old.replace("/7:\n  get:\n", "/7:\n  get:\n    operationId: get7\n")
    assert "\n".join(unified(old, new, "it.yaml")) == dedent(
        """\
        --- it.yaml
        +++ it.yaml
        @@ -35,6 +35,7 @@
                 description: OK
         /7:
           get:
        +    operationId: get7
             responses:
               '200':
                 description: OK"""
    )
