"""The prefix: the contract's paths go before the sign-in's."""

import pytest

from infra.sign_in.prefix import NoPrefix, free_prefix


@pytest.mark.parametrize(
    ("paths", "base_path", "expected"),
    [
        ([], "", "/sign-in"),
        (["/books", "/books/{id}"], "", "/sign-in"),
        (["/sign-in/{id}", "/sign-in"], "", "/sign-in-2"),
        (["/sign-in", "/sign-in-2/login", "/sign-in-4"], "", "/sign-in-3"),
        (["/sign-in"], "/v1", "/sign-in"),
        (["/books"], "/sign-in", "/sign-in-2"),
        (["/{slug}"], "", "/sign-in"),
        (["/{owner}/books"], "", "/sign-in"),
        (["/{a}/{b}/{c}/{d}"], "", "/sign-in"),
        (["/{a}/{b}"], "/v1", "/sign-in"),
        (["/"], "", "/sign-in"),
    ],
)
def test_the_first_prefix_is_taken_that_no_path_has(
    paths: list[str], base_path: str, expected: str
) -> None:
    assert free_prefix(paths, base_path) == expected


@pytest.mark.parametrize("path", ["/{a}/{b}", "/{a}/login", "/{a}/oauth2/{c}"])
def test_a_path_that_takes_every_address_is_told_with_what_to_do(path: str) -> None:
    with pytest.raises(NoPrefix, match="--base-path"):
        free_prefix([path])
