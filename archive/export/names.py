"""People's names as references need them: family name and given names apart."""

from __future__ import annotations

from dataclasses import dataclass

_PARTICLES = frozenset(
    "von vom zu zum zur van der den de di da del della dos du la le ter ten op auf im ibn bin al el".split()
)
_TITLES = frozenset("dr prof dipl ing mag med phil rer nat jur h c".split())


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in parts: "Ludwig van" and "Beethoven" are given "Ludwig", particle "van", family."""

    family: str
    given: str  # "" where there is only one word
    particle: str = ""  # in small letters before the family name: it is sorted by the family name


def split(name: str) -> Name:
    """The parts of a name as a byline has it; academic titles are left out.

    The particle is the run of small words before the last one, as in German, Dutch and Romance names.
    """
    words = [word for word in name.split() if word.rstrip(".").lower() not in _TITLES] or name.split()
    if "," in name:
        family, _, given = name.partition(",")
        return Name(family.strip(), given.strip())
    if len(words) < 2:
        return Name(words[0] if words else "", "")
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return Name(words[-1], " ".join(words[:start]), " ".join(words[start:-1]))


def inverted(name: str) -> str:
    """Family name first: "van Beethoven, Ludwig"."""
    parts = split(name)
    family = f"{parts.particle} {parts.family}".strip()
    return f"{family}, {parts.given}" if parts.given else family
