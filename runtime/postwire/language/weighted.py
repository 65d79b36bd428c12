"""How X counts a text (page "Counting characters", read 2026-08-22; figures of twitter-text, version 3).

The text is composed (NFC) first. A link counts 23 however long it is, an emoji 2 however many code points it
is made of. Of the rest a Latin, Greek, Cyrillic, Hebrew, Arabic or Indic character and common punctuation
count 1, everything else, such as Chinese or Japanese, 2.

X has lists of all emoji and all top-level domains; here stand their forms and the common names. Where the two
differ, we rather count too little: then X itself says that the text is too long.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LINK: Final = 23
_WIDE: Final = 2
_LIGHT: Final = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))

_PICTURE: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3"
    "\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b"
    "\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_TONE: Final = "\U0001f3fb-\U0001f3ff"
_TAGS: Final = "[\U000e0020-\U000e007e]+\U000e007f"
_ONE: Final = f"[{_PICTURE}](?:\ufe0f?[{_TONE}]|\ufe0f)?"
# A flag, a key cap, or pictures joined to one. ©, ® and ™ alone are letters, as are pictures told to be text.
_EMOJI: Final = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|[\u00a9\u00ae\u2122]\ufe0f"
    f"|(?![\u00a9\u00ae\u2122])(?:{_ONE}(?:{_TAGS})?(?:\u200d{_ONE})*)(?!\ufe0e)"
)

# Every two-letter domain that a country has, and the common others.
_COUNTRIES: Final = (
    "a[cdefgilmoqrstuwxz]|b[abdefghijlmnorstvwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[cegrstu]|f[ijkmor]"
    "|g[abdefghilmnpqrstuwy]|h[kmnrtu]|i[delmnoqrst]|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]"
    "|m[acdeghklmnopqrstuvwxyz]|n[acefgilopruz]|om|p[aefghklmnrstwy]|qa|r[eosuw]|s[abcdeghijklmnorstuvxyz]"
    "|t[cdfghjklmnortvwz]|u[agksyz]|v[aceginu]|w[fs]|y[et]|z[amw]"
)
_COMMON: Final = (
    "com|org|net|edu|gov|mil|int|info|biz|name|pro|mobi|travel|jobs|museum|aero|coop|app|dev|xyz|online|site|"
    "store|shop|blog|tech|news|live|club|design|agency|cloud|media|social|studio|world|today|link|page|art|space"
)
_LABEL: Final = r"[a-z0-9\u00c0-\u024f](?:[a-z0-9_\u00c0-\u024f-]{0,61}[a-z0-9\u00c0-\u024f])?"
_REST: Final = r"(?::[0-9]+)?(?:/[^\s\u2e80-\uffff<>\"]*[^\s\u2e80-\uffff<>\".,:;!?'()\]]|/)?"
_QUERY: Final = r"(?:\?[a-z0-9!*'();:&=+$/%#\[\]_.,~|@-]*[a-z0-9_&=#/+$-])?"
_URL: Final = re.compile(
    rf"(?<![a-z0-9@\uff20$#\uff03\u202a-\u202e])"
    rf"(?:https?://(?:{_LABEL}\.)+[a-z]{{2,24}}"
    rf"|(?<![-_./])(?:{_LABEL}\.)+(?:{_COMMON}|{_COUNTRIES})(?![a-z0-9_@-]|\.[a-z0-9]))"
    rf"{_REST}{_QUERY}",
    re.IGNORECASE,
)


def weighted_length(text: str) -> int:
    """How long *text* is to X; a post takes 280, a long one of a Premium account 25 000."""
    composed = unicodedata.normalize("NFC", text)
    without_links, links = _URL.subn("", composed)
    plain, emoji = _EMOJI.subn("", without_links)
    return links * _LINK + emoji * _WIDE + sum(map(_weight, plain))


def _weight(character: str) -> int:
    point = ord(character)
    return 1 if any(first <= point <= last for first, last in _LIGHT) else _WIDE
