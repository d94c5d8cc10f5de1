"""Names become English that people would write."""

import re

import pytest

from infra.new.fields import field_of
from infra.new.sentences import description, filter_description
from infra.new.words import pascal, plural, singular, with_article, words_of

PAIRS = re.findall(r"(\w+) (\w+)", """
    book books  box boxes  city cities  day days  class classes  status statuses  bus buses
    address addresses  house houses  course courses  database databases  cache caches
    shelf shelves  wave waves  person people  child children  movie movies  company companies
    hero heroes  shoe shoes  photo photos  api apis  menu menus  analysis analyses  tax taxes
    batch batches  dish dishes  quiz quizzes  bonus bonuses  warehouse warehouses  tie ties
    license licenses  response responses  purchase purchases  size sizes  index indices
    news news  species species  equipment equipment  alias aliases  cause causes  use uses
    employee employees  invoice invoices  category categories  key keys  leaf leaves
    potato potatoes
""")  # fmt: skip


@pytest.mark.parametrize(("one", "several"), PAIRS)
def test_one_and_several(one: str, several: str) -> None:
    assert (singular(several), singular(one)) == (one, one)
    assert (plural(one), plural(several)) == (several, several)


ARTICLES = re.findall(r"an? [^,]+", """
    a book, an author, a user, an hour, a university, an uninvited guest, an API, a URL, an SKU,
    an e-mail, a European union, a one-way ticket, an onion, a useful book, an usher, an heir,
""")  # fmt: skip


@pytest.mark.parametrize("text", ARTICLES)
def test_the_article_goes_by_the_sound(text: str) -> None:
    assert with_article(text.partition(" ")[2]) == text


@pytest.mark.parametrize("name", ["dueDate", "DueDate", "due_date", "due-date"])
def test_a_name_is_words_in_whatever_case(name: str) -> None:
    assert words_of(name) == ["due", "date"]
    assert pascal(words_of(name)) == "DueDate"


def test_abbreviations_are_spelled_as_such_and_named_as_words() -> None:
    assert words_of("coverUrl") == ["cover", "URL"]
    assert pascal(words_of("coverUrl")) == "CoverUrl"
    assert words_of("HTMLPage2") == ["HTML", "page", "2"]


DESCRIPTIONS = {
    "title:string!": ("The title of the book", "Only books with this title"),
    "pages:integer": ("How many pages the book has", "Only books with exactly this many pages"),
    "year:integer": ("The year of the book", "Only books with this year"),
    "available:boolean": (
        "Whether the book is available",
        "Only books that are available (`true`) or that are not (`false`)",
    ),
    "hasIndex:boolean": (
        "Whether the book has an index",
        "Only books that have an index (`true`) or that do not (`false`)",
    ),
    "canBeLent:boolean": (
        "Whether the book can be lent",
        "Only books that can be lent (`true`) or that cannot (`false`)",
    ),
    "publishedAt:date-time": (
        "When the book was published",
        "Only books with exactly this `publishedAt`",
    ),
    "dueOn:date": ("The day on which the book is due", "Only books with exactly this `dueOn`"),
    "dueDate:date": ("The due date of the book", "Only books with this due date"),
    "authorId:uuid": ("Names the author of the book", "Only books with this author id"),
    "isbn:string": ("The ISBN of the book", "Only books with this ISBN"),
    "contactEmail:email": (
        "The contact e-mail address of the book",
        "Only books with this contact e-mail address",
    ),
}


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_a_property_and_its_filter_are_described_by_its_name_and_type(text: str) -> None:
    field = field_of(text)
    assert (description(field, "book"), filter_description(field, "books")) == DESCRIPTIONS[text]
