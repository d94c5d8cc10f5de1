"""English for the names of a contract: words in prose, singular, plural and article."""

import re
from collections.abc import Iterable

_IRREGULAR = {
    "analyses": "analysis",
    "axes": "axis",
    "caches": "cache",
    "calves": "calf",
    "children": "child",
    "criteria": "criterion",
    "crises": "crisis",
    "diagnoses": "diagnosis",
    "elves": "elf",
    "feet": "foot",
    "geese": "goose",
    "halves": "half",
    "hypotheses": "hypothesis",
    "indices": "index",
    "knives": "knife",
    "leaves": "leaf",
    "lenses": "lens",
    "lives": "life",
    "loaves": "loaf",
    "matrices": "matrix",
    "men": "man",
    "menus": "menu",
    "mice": "mouse",
    "movies": "movie",
    "niches": "niche",
    "people": "person",
    "phenomena": "phenomenon",
    "quizzes": "quiz",
    "scarves": "scarf",
    "shelves": "shelf",
    "teeth": "tooth",
    "theses": "thesis",
    "thieves": "thief",
    "vertices": "vertex",
    "wives": "wife",
    "wolves": "wolf",
    "women": "woman",
}
_ALIKE = {
    *("aircraft", "data", "deer", "equipment", "feedback", "fish", "furniture", "hardware"),
    *("information", "luggage", "media", "money", "news", "series", "sheep", "software", "species"),
    *("staff", "stock"),
}
"""Words whose singular and plural are the same."""

_SINGULARS = [
    (r"(ss|us|sis)$", r"\1"),
    (r"^(gas|atlas|bias|canvas|alias|iris)$", r"\1"),
    (r"(cook|calor|zomb|brown|gen|self|rook|^p|^t|^l)ies$", r"\1ie"),
    (r"ies$", "y"),
    (r"(ss|zz|sh|ch|x|gas|atlas|bias|canvas|alias)es$", r"\1"),
    (r"((?:ho|ca|cla|pa|exc|spo|blo|f|m|^)us)es$", r"\1e"),
    (r"uses$", "us"),
    (r"(sho|cano|^to|^fo)es$", r"\1e"),
    (r"oes$", "o"),
    (r"s$", ""),
]
"""The first pattern that matches a word gives its singular."""

_PLURALS = [
    (r"([^aeiou])y$", r"\1ies"),
    (r"sis$", "ses"),
    (r"(s|x|z|ch|sh|hero|potato|tomato|echo|veto)$", r"\1es"),
    (r"$", "s"),
]

_SPELLED = {
    **{each: each.upper() for each in ("api", "csv", "dns", "faq", "gps", "html", "iban", "ip")},
    **{each: each.upper() for each in ("isbn", "json", "pdf", "rss", "sku", "sms", "tv", "uri")},
    **{each: each.upper() for each in ("url", "uuid", "vat")},
    "email": "e-mail",
}


def words_of(name: str) -> list[str]:
    """The words of a name as in prose: of `dueDate`, `due_date` or `due-date`."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return [_SPELLED.get(each.lower(), _lower(each)) for each in found]


def _lower(word: str) -> str:
    return word if word.isupper() and len(word) > 1 else word.lower()


def pascal(words: Iterable[str]) -> str:
    """Words as the name of a schema: `DueDate`."""
    return "".join(f"{each[:1].upper()}{each[1:]}" for each in _plain(words))


def _plain(words: Iterable[str]) -> list[str]:
    back = {spelled: each for each, spelled in _SPELLED.items()}
    return [back.get(each, each) for each in words]


def singular(word: str) -> str:
    """The singular of a word; a singular stays."""
    if word in _ALIKE or word in _IRREGULAR.values():
        return word
    return _IRREGULAR.get(word) or _first(_SINGULARS, word)


def plural(word: str) -> str:
    """The plural of a word; a plural stays."""
    if word in _ALIKE or singular(word) != word:
        return word
    irregular = {one: several for several, one in _IRREGULAR.items()}
    return irregular.get(word) or _first(_PLURALS, word)


def _first(rules: list[tuple[str, str]], word: str) -> str:
    for pattern, replacement in rules:
        if re.search(pattern, word):
            return re.sub(pattern, replacement, word)
    return word


def with_article(text: str) -> str:
    """`a book`, `an author`, `a user`, `an API`: by how the first word sounds."""
    word = re.split(r"[ -]", text)[0]
    if word.isupper() and len(word) > 1:
        vowel = word[0] in "AEFHILMNORSX"
    else:
        like_you = re.match(r"uni(?![nm])|us[aeu]|ut[ei]|eu|on[ec]e?(?![a-z])", word, re.IGNORECASE)
        vowel = bool(re.match(r"[aeiou]|hour|hono|heir", word, re.IGNORECASE)) and not like_you
    return f"{'an' if vowel else 'a'} {text}"


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return f"{text[:1].upper()}{text[1:]}"


def listed(texts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
