"""Finds actions by what people call them: BM25 over id, title, description, keywords and parameters.

What people say for a thing on one platform ("tweet", "reel", "clip") stands in the manifests' keywords: no
word of any platform is in here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.language import yamlfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from postwire.language.catalog import Catalog, Summary

_WORD: Final = re.compile(r"[^\W_]+")
_INPUT: Final = re.compile(r"^input:.*?(?=^[a-z]|\Z)", re.MULTILINE | re.DOTALL)
# How much a word says by where it stands.
_WEIGHTS: Final = {
    "id": 1.0,  # it repeats the title
    "title": 3.0,
    "keywords": 4.0,
    "platform": 4.0,
    "description": 1.0,
    "input": 0.4,
    "about": 0.1,
}
_SATURATION: Final = 3.0  # BM25's k1, on the scale of the weights: how soon more of a word says nothing new
_LENGTH: Final = 0.2  # BM25's b: how much a long manifest is held against it
# Words that say nothing about what is wanted.
_SAYS_NOTHING: Final = """
a about all am an and are as at be been but by can could did do does for from had has have her his how i if in
into is it its just let like me more my of off on one or our out please she so some something than that the
their them then there these they this those to up us want was we were what when where which while who will
with without would you your
"""
_STOP: Final = frozenset(_SAYS_NOTHING.split())
_STEM: Final = 4  # letters that are left of a word at least


@dataclass(frozen=True, slots=True)
class Hit:
    """An action that was found; a higher score fits better, and scores of one search compare."""

    action: Summary
    score: float


class Index:
    """The actions of a catalogue, ready to be searched; building it reads the head and input of each."""

    def __init__(self, catalog: Catalog, actions: Iterable[Summary] | None = None) -> None:
        self.actions = list(catalog.actions() if actions is None else actions)
        names = dict.fromkeys(each.id.partition(".")[0] for each in self.actions)
        platforms = {name: _platform(catalog, name) for name in names}
        fields = [_fields(each, catalog, platforms) for each in self.actions]
        self._weights = [_weighted(each) for each in fields]
        lengths = [sum(words.values()) for words in self._weights]
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._norms = [1 - _LENGTH + _LENGTH * length / mean for length in lengths]
        self._found_in: dict[str, list[int]] = {}
        for number, words in enumerate(self._weights):
            for word in words:
                self._found_in.setdefault(word, []).append(number)

    def search(self, words: str, limit: int = 10, fits: Callable[[Summary], bool] | None = None) -> list[Hit]:
        """The *limit* actions that fit *words* best, the best first; none where no word is known.

        Args:
            words: a few words, or a sentence.
            limit: how many at most.
            fits: which actions come into question at all.
        """
        scores: dict[int, float] = {}
        for word in dict.fromkeys(terms(words)):
            for number in self._found_in.get(word, ()):
                scores[number] = scores.get(number, 0.0) + self._score(word, number)
        best = sorted(scores, key=lambda number: (-scores[number], self.actions[number].id))
        found = (Hit(self.actions[number], round(scores[number], 3)) for number in best)
        return [hit for hit in found if fits is None or fits(hit.action)][:limit]

    def _score(self, word: str, number: int) -> float:
        having = len(self._found_in[word])
        rarity = math.log(1 + (len(self.actions) - having + 0.5) / (having + 0.5))
        weight = self._weights[number][word]
        return rarity * weight * (_SATURATION + 1) / (weight + _SATURATION * self._norms[number])


def terms(text: str) -> list[str]:
    """The words of *text* that say something, each without its ending."""
    return [_stem(word) for word in _WORD.findall(text.casefold()) if word not in _STOP]


def _stem(word: str) -> str:
    """*word* without the usual English endings, so that "videos" finds "video" and "posting" finds "post"."""
    if len(word) > _STEM and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ers", "er", "ed", "es", "s", "e"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _STEM and not (ending == "s" and rest.endswith("s")):
            doubled = ending in {"ing", "ed"} and rest[-1] == rest[-2]
            return rest[:-1] if doubled else rest
    return word


def _platform(catalog: Catalog, name: str) -> dict[str, str]:
    """What a platform is called, and what it says of itself."""
    text = (catalog.folder(name) / "integration.yaml").read_text("utf-8")
    try:
        head = yamlfile.load(text.partition("\napi:")[0])
    except yamlfile.YamlProblem:  # `postwire check` tells of it; a search goes on without
        head = None
    said: dict[str, Any] = head if isinstance(head, dict) else {}
    return {"platform": f"{name} {said.get('name', '')}", "about": str(said.get("description", ""))}


def _fields(each: Summary, catalog: Catalog, platforms: Mapping[str, dict[str, str]]) -> dict[str, str]:
    integration, _, short = each.id.partition(".")
    return {
        "id": short,
        "title": each.title,
        "keywords": " ".join(each.keywords),
        **platforms[integration],
        "description": each.description,
        "input": " ".join(_parameters(catalog.file(each.id).read_text("utf-8"))),
    }


def _parameters(text: str) -> list[str]:
    """The names and descriptions of an action's inputs, at every depth."""
    found = _INPUT.search(text)
    try:
        section = yamlfile.load(found[0]) if found else {}
    except yamlfile.YamlProblem:  # as above
        return []
    return list(_words_of(section.get("input") if isinstance(section, dict) else None))


def _words_of(schema: Any) -> Iterable[str]:
    if not isinstance(schema, dict):
        return
    for name, inner in (schema.get("properties") or {}).items():
        yield str(name)
        if isinstance(inner, dict):
            yield str(inner.get("description", ""))
        yield from _words_of(inner)
    yield from _words_of(schema.get("items"))


def _weighted(fields: Mapping[str, str]) -> dict[str, float]:
    """Each word with what the places weigh in which it stands, once each."""
    weights: dict[str, float] = {}
    for place, text in fields.items():
        for word in set(terms(text)):
            weights[word] = weights.get(word, 0.0) + _WEIGHTS[place]
    return weights
