"""The built-in pieces as a therapist chooses among them."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from mtsession.errors import MediaError

LOWEST_BPM = 40.0
HIGHEST_BPM = 120.0


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in piece: what it is called and what it is like."""

    name: str
    title: str
    character: str
    default_key: str
    beats_per_bar: int


CLICKS = Piece(
    name="clicks",
    title="Clicks",
    character="One dry click on each beat, to prove timing; not for clients.",
    default_key="C",
    beats_per_bar=4,
)

_ALL = (
    Piece(
        name="harbour",
        title="Harbour",
        character="Warm held chords over slow waves, with a soft harp on each beat.",
        default_key="Db",
        beats_per_bar=4,
    ),
    Piece(
        name="lantern",
        title="Lantern",
        character="A felted piano over hushed held tones: broken chords, one note to a beat.",
        default_key="F",
        beats_per_bar=4,
    ),
    Piece(
        name="meadow",
        title="Meadow",
        character="A nylon guitar in a gentle three over light strings; bright and open.",
        default_key="G",
        beats_per_bar=3,
    ),
    Piece(
        name="chapel",
        title="Chapel",
        character="Low voices and a soft organ in a large room, a far bell; grave and still.",
        default_key="Dm",
        beats_per_bar=4,
    ),
    Piece(
        name="brook",
        title="Brook",
        character="A thumb piano rippling over running water; light, the most moving of them.",
        default_key="A",
        beats_per_bar=4,
    ),
    Piece(
        name="dusk",
        title="Dusk",
        character="Mellow electric piano chords in a minor key with a far wind; dark and warm.",
        default_key="Em",
        beats_per_bar=4,
    ),
)

PIECES: Mapping[str, Piece] = MappingProxyType({piece.name: piece for piece in _ALL})


def find_piece(name: str) -> Piece:
    """Give the piece of a name, the test clicks included.

    Raises
    ------
    MediaError
        If there is none; the hint names those there are.

    Examples
    --------
    >>> find_piece("harbour").title
    'Harbour'
    """
    if name == CLICKS.name:
        return CLICKS
    if name not in PIECES:
        raise MediaError(f'There is no built-in piece "{name}".', f"Choose {_listed()}.")
    return PIECES[name]


def _listed() -> str:
    """Name the pieces as a sentence does."""
    *most, last = PIECES
    return f"{', '.join(most)} or {last}"
