"""Bodies are read strictly, and nothing that is read is changed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.bodies import DEEPEST, NotJson, _unique, media_type_of, parse
from service.problems import MAX_BODY_BYTES, ContentTooLarge, UnsupportedMediaType

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda children: st.lists(children) | st.dictionaries(TEXT, children),
    max_leaves=8,
)


@given(JSON, st.booleans())
def test_every_json_value_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert parse(body) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_told_why_not(body: bytes) -> None:
    try:
        value = parse(body)
    except NotJson:
        return
    assert value == json.loads(body.decode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not UTF-8"),
        ('{"a":"é"}'.encode("utf-16"), "is not UTF-8"),
        ('{"a":"é"}'.encode("latin-1"), "is not UTF-8"),
        (b"\xef\xbb\xbf{}", "byte-order mark"),
        (b'{"a":NaN}', "NaN is not a number"),
        (b'{"a":-Infinity}', "-Infinity is not a number"),
        (b'{"a":1e400}', "out of range"),
        (b'{"a":-1e400}', "out of range"),
        (b'{"a":%s}' % (b"1" * 5000), "out of range"),
        (b'{"a":1,"b":2,"a":3}', "'a' twice"),
        (b'{"b":{"a":1,"a":1}}', "'a' twice"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested"),
        *((b"[" * levels + b"]" * levels, "nested") for levels in (500, 1_100, 9_600, 30_000)),
        *((b'{"a":' * levels + b"1" + b"}" * levels, "nested") for levels in (500, 1_100, 9_000)),
        (b"[{}," * 300 + b"[1]" + b"]" * 300, "nested"),
        (b"{} {}", "is not JSON"),
        (b"{'a':1}", "is not JSON"),
        (b'{"a":01}', "is not JSON"),
        (b'{"a":"\n"}', "is not JSON"),
    ],
    ids=lambda value: value[:20].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_what_is_not_plain_json_is_told_why(body: bytes, reason: str) -> None:
    with pytest.raises(NotJson, match=reason):
        parse(body)


def test_a_double_among_many_properties_is_found() -> None:
    names = b",".join(b'"%04x":1' % number for number in range(7_000))
    assert 60_000 < len(names) < MAX_BODY_BYTES - 20
    assert len(parse(b"{%s}" % names)) == 7_000
    with pytest.raises(NotJson, match="'1b57' twice"):
        parse(b"{%s,%s}" % (names, names[-8:]))


class Name(str):
    """Counts how often one is compared with another."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)


def test_a_double_is_found_without_comparing_each_property_with_all_others() -> None:
    pairs: list[tuple[str, int]] = [(Name(number), 1) for number in (*range(7_000), 6_999)]
    with pytest.raises(NotJson, match="'6999' twice"):
        _unique(pairs)
    assert Name.compared < len(pairs)


def test_sixteen_levels_are_not_too_deep() -> None:
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST)


def test_numbers_keep_their_value() -> None:
    text = b"[1.0, -0.0, 1e2, 9007199254740993, 9223372036854775807, 0.1, 1e300]"
    assert parse(text) == [1, 0, 100, 9007199254740993, 9223372036854775807, 0.1, 1e300]
    assert [type(value) for value in parse(b"[1.0, 1.5]")] == [int, float]


def test_an_integer_that_no_store_holds_becomes_a_number_of_the_same_size() -> None:
    assert parse(b"1" + b"0" * 40) == 1e40


def test_a_body_may_have_64_kilobytes_and_no_byte_more() -> None:
    assert parse(b'"' + b"a" * (MAX_BODY_BYTES - 2) + b'"')
    with pytest.raises(ContentTooLarge):
        parse(b'"' + b"a" * (MAX_BODY_BYTES - 1) + b'"')


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ; Charset=UTF-8",
        None,
    ],
)
def test_json_may_be_named_in_any_way_that_http_allows(content_type: str | None) -> None:
    media_type_of(content_type, None, ["application/json"])
    media_type_of(content_type, "identity", ["application/json"])


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("text/plain", None),
        ("application/json-patch+json", None),
        ("application/jsonx", None),
        ("", None),
        ("application/json; charset=utf-16", None),
        ("application/json; charset=klingon", None),
        ("application/json, text/plain", None),
        ("application/json", "gzip"),
        ("application/json", "identity, br"),
    ],
)
def test_any_other_media_type_is_refused(content_type: str, encoding: str | None) -> None:
    with pytest.raises(UnsupportedMediaType):
        media_type_of(content_type, encoding, ["application/json"])
