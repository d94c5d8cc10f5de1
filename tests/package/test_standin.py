"""The stand-in: it may be imported from, inherited from and named; used it may not be."""

from typing import Any

import pytest

from infra.package import standin


def test_every_name_can_be_imported() -> None:
    from infra.package.standin import Anything, pass_context

    assert Anything.__name__ == "Anything"
    assert pass_context


def test_a_class_may_inherit_from_it_and_look_at_what_it_inherits() -> None:
    class Loader(standin.SafeLoader):  # type: ignore[misc]
        kept = standin.SafeLoader.construct_mapping

    assert Loader.kept


@pytest.mark.parametrize(
    "use",
    [
        lambda: standin.get("https://example.com"),
        lambda: standin.Client(base_url="/"),
        lambda: standin.yaml.load("a: b"),
        lambda: type("Mine", (standin.Client,), {})(),
    ],
)
def test_to_use_it_tells_how_to_ship_the_real_one(use: Any) -> None:
    with pytest.raises(standin.NotInThePackage, match=r"STAND_INS in infra/package/libraries\.py"):
        use()


def test_python_learns_of_no_attribute_of_its_own() -> None:
    assert not hasattr(standin, "__all__")
    assert not hasattr(standin.Client, "__wrapped__")
