"""Recordings that never were, for the planner to choose from."""

import random

from hypothesis import strategies as st

from mtsession.music.arc import ArcPiece
from mtsession.music.planner import Material
from mtsession.music.planning.asked import Asked

KEYS = ("C", "G", "D", "F", "Bb", "Am", "Em", "F#m", None)


def recording(name, bpm, seconds=180.0, *, bar=4, first=0.5, **more):
    """Make one recording; with a tempo it has beats, even ones."""
    beats = ()
    if bpm is not None and bar is not None:
        count = int((seconds - first) * bpm / 60) + 1
        beats = tuple(first + beat * 60 / bpm for beat in range(count))
    return Material(
        content=f"{name:0>64}",
        path=f"/music/{name}.flac",
        title=str(name),
        bpm=bpm,
        duration_s=seconds,
        beats_s=beats,
        downbeat=0 if beats else None,
        beats_per_bar=bar if beats else None,
        **more,
    )


def library(count, seed=0):
    """Make many recordings of all kinds, the same for the same seed."""
    dice = random.Random(seed)
    return [
        recording(
            place,
            round(dice.uniform(50, 130), 2),
            round(dice.uniform(120, 420), 2),
            bar=dice.choice((3, 4, 4, None)),
            first=round(dice.uniform(0, 2), 2),
            key=dice.choice(KEYS),
            words=dice.random() < 0.3,
            liking=dice.choice((0, 0, 0, 1, -1)),
        )
        for place in range(count)
    ]


def layout(material, arc, rules):
    """Give the layout that the planner searches."""
    return Asked(arc, None, None, 0).layout(material, rules)


tempi = st.floats(58, 78).map(lambda bpm: round(bpm, 2))
recordings = st.lists(
    st.tuples(
        tempi | tempi | tempi | st.none(),
        st.floats(80, 220).map(lambda length: round(length, 2)),
        st.sampled_from((3, 4, None)),
        st.floats(0, 3).map(lambda first: round(first, 2)),
        st.sampled_from(KEYS),
        st.sampled_from((False, False, False, True)),
        st.sampled_from((0, 0, 1, -1)),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda many: [
        recording(place, bpm, length, bar=bar, first=first, key=key, words=words, liking=liking)
        for place, (bpm, length, bar, first, key, words, liking) in enumerate(many)
    ]
)

holds = st.builds(ArcPiece, hold=tempi, minutes=st.integers(3, 7).map(lambda half: half / 2))
glides = st.builds(ArcPiece, to=tempi, minutes=st.integers(3, 7).map(lambda half: half / 2),
                   steps=st.none() | st.integers(1, 3))  # fmt: skip
silence = st.just(ArcPiece(silence=True, minutes=0.5))
arcs = st.builds(
    lambda first, rest: [first, *rest], holds, st.lists(glides, max_size=1)
) | st.builds(lambda first, quiet, rest: [first, quiet, rest], holds, silence, glides)
