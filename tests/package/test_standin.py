"""The stand-ins: they may be imported from, inherited from and named; used they may not be."""

from typing import Any

import pytest

from infra.package.standins import docstring, jsonschema, local, typing_extensions, unused


def test_every_name_can_be_imported() -> None:
    from infra.package.standins.unused import Anything, pass_context

    assert Anything.__name__ == "Anything"
    assert pass_context


def test_a_class_may_inherit_from_it_and_look_at_what_it_inherits() -> None:
    class Loader(unused.SafeLoader):  # type: ignore[misc]
        kept = unused.SafeLoader.construct_mapping

    assert Loader.kept


@pytest.mark.parametrize(
    "use",
    [
        lambda: unused.get("https://example.com"),
        lambda: unused.Client(base_url="/"),
        lambda: unused.yaml.load("a: b"),
        lambda: type("Mine", (unused.Client,), {})(),
    ],
)
def test_to_use_it_tells_how_to_ship_the_real_one(use: Any) -> None:
    with pytest.raises(unused.NotInThePackage, match=r"STAND_INS in infra/package/libraries\.py"):
        use()


def test_python_learns_of_no_attribute_of_its_own() -> None:
    assert not hasattr(unused, "__all__")
    assert not hasattr(unused.Client, "__wrapped__")


def test_jsonschema_is_extended_and_asked_at_start_alone() -> None:
    validator = jsonschema.extend(jsonschema.Draft4Validator, {"type": lambda *_: []})({})
    validator.validate({"openapi": "3.0.3"})
    assert jsonschema.RefResolver("", {}, {}, handlers={})
    assert issubclass(jsonschema.ValidationError, Exception)


@pytest.mark.parametrize(
    "use",
    [
        lambda: jsonschema.Draft4Validator({}).iter_errors({}),  # type: ignore[attr-defined]
        lambda: jsonschema.Draft4Validator({}).evolve(schema={}),  # type: ignore[attr-defined]
        lambda: jsonschema.Draft4Validator.VALIDATORS["type"](None, "string", 1, {}),
        lambda: jsonschema.RefResolver("", {}).resolving("#/a"),  # type: ignore[attr-defined]
        lambda: jsonschema.Draft7Validator,  # type: ignore[attr-defined]
        lambda: local.LocalProxy(None, unbound_message="none").headers,  # type: ignore[attr-defined]
    ],
)
def test_what_a_stand_in_does_not_answer_for_is_an_error(use: Any) -> None:
    with pytest.raises(AttributeError):
        use()


@pytest.mark.parametrize(
    "text",
    [
        docstring.ClientMethodDocstring(operation_model=None, method_name="get_item"),
        docstring.PaginatorDocstring(paginator_name="Query", include_signature=False),
        docstring.WaiterDocstring(waiter_name="TableExists"),
    ],
)
def test_the_text_of_a_method_is_empty(text: str) -> None:
    assert text == ""


def test_what_is_for_types_alone_does_nothing() -> None:
    kind = typing_extensions.TypeVar("kind", bound=int, default=int)
    assert kind.__bound__ is int

    @typing_extensions.deprecated("Use something else.")
    def old() -> int:
        return 1

    assert old() == 1
    assert typing_extensions.TypeIs[int]
    assert not hasattr(typing_extensions, "Self")
