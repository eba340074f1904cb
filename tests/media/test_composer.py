"""Built-in pieces: beat-exact, the same however they are read, of even loudness, and gentle."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.errors import MediaError
from mtsession.media.composer.arrangements import ARRANGEMENTS, Arrangement, StruckPart
from mtsession.media.composer.catalogue import PIECES, find_piece
from mtsession.media.composer.dice import dice
from mtsession.media.composer.harmony import parse_key
from mtsession.media.composer.score import Score
from mtsession.media.composer.space import Acoustics
from mtsession.media.composer.stream import ComposerStream, open_piece
from mtsession.media.composer.timbres import PADS, STRUCK, pad_loop, struck_note
from mtsession.media.loudness import LoudnessMeter
from mtsession.timeline.tempo_map import TempoMap

RATE = 48_000
GLIDE = TempoMap.of((0, 76.0), (5_000_000, 76.0), (60_000_000, 66.0))
STEPS = TempoMap.of((0, 60.0), (3_100_000, 60.0), (3_100_000, 97.0), (9_000_000, 41.5))


def piece(name: str, seconds: float = 20.0, **changes: object) -> ComposerStream:
    arguments = {"name": name, "tempo": GLIDE, "duration_us": round(seconds * 1e6)} | changes
    return open_piece(**arguments)  # type: ignore[arg-type]


def score_of(name: str, tempo: TempoMap, *, seconds: float = 60.0, key: str = "") -> Score:
    chosen = find_piece(name)
    return Score(
        ARRANGEMENTS[name],
        beats_per_bar=chosen.beats_per_bar,
        key=parse_key(key or chosen.default_key),
        tempo=tempo,
        duration_us=round(seconds * 1e6),
        seed=3,
        sample_rate=RATE,
    )


def onsets(sound: np.ndarray) -> list[int]:
    loud = np.abs(sound[:, 0]) > 0.4
    return np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]])).tolist()


tempi = st.lists(
    st.tuples(st.integers(0, 12_000_000), st.floats(40, 120)), min_size=1, max_size=4
).map(lambda points: TempoMap.of(*sorted(points)))


@settings(max_examples=25, deadline=None)
@given(tempo=tempi, rate=st.sampled_from([44_100, 48_000]))
def test_each_click_lies_on_its_beats_frame(tempo: TempoMap, rate: int) -> None:
    stream = piece("clicks", 12.0, tempo=tempo, sample_rate=rate)
    sound = stream.read(stream.frames)
    expected = [round(t * rate / 1e6) for t in tempo.beats_until(12_000_000)]
    expected = [frame for frame in expected if frame < stream.frames]
    assert len(onsets(sound)) == len(expected)
    assert np.abs(np.subtract(onsets(sound), expected)).max() <= int(rate == 44_100)


def test_clicks_are_sharp_short_alike_on_both_sides_and_silent_between() -> None:
    stream = piece("clicks", 12.0, tempo=STEPS)
    sound = stream.read(stream.frames)
    assert np.array_equal(sound[:, 0], sound[:, 1])
    frames = onsets(sound)
    assert sound[frames, 0] == pytest.approx(0.5)
    for frame, after in itertools.pairwise(frames):
        assert not sound[frame + int(0.005 * RATE) : after].any()


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("tempo", [GLIDE, STEPS], ids=["glide", "steps"])
def test_every_beat_of_a_piece_is_struck_on_its_frame(name: str, tempo: TempoMap) -> None:
    score = score_of(name, tempo)
    starts = {
        note.start for phrase in score.phrases_between(0, 50 * RATE) for note in phrase.struck
    }
    beats = {round(t * RATE / 1e6) for t in tempo.beats_until(50_000_000)}
    assert len(beats) > 30
    assert beats <= starts


def test_the_sound_of_a_beat_begins_on_its_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    third = StruckPart(
        instrument="kalimba", register=(60, 72), share=1.0, every=4, figures=(((3, 0, 1.0),),)
    )
    bare = Arrangement(
        major="ionian",
        minor="aeolian",
        colour=None,
        pads=(),
        struck=(third,),
        acoustics=Acoustics(ring_seconds=1.0, wet=0.0),
    )
    monkeypatch.setitem(ARRANGEMENTS, "harbour", bare)
    tempo = TempoMap.of((0, 111.0), (1_000_000, 70.3))
    first = np.flatnonzero(piece("harbour", 8.0, tempo=tempo).read(4 * RATE)[:, 0])[0]
    # A raised cosine is nothing on its very first frame.
    assert first - 1 == round(tempo.time_of(3) * RATE / 1e6)


@pytest.mark.parametrize("instrument", STRUCK)
def test_a_struck_note_starts_on_its_first_frame_and_ends_in_silence(instrument: str) -> None:
    note = struck_note(instrument, 57, Acoustics(ring_seconds=2.0, wet=0.3), RATE)
    peak = np.abs(note).max()
    assert np.abs(note[:, 0]).max() == 0
    assert np.abs(note[:, : RATE // 50]).max() > 0.05 * peak
    assert np.abs(np.diff(note, axis=1)).max() < 0.2 * peak
    assert np.abs(note[:, -1]).max() < 1e-4 * peak


@pytest.mark.parametrize("timbre", PADS)
def test_a_pad_loop_joins_without_a_seam_and_survives_one_loudspeaker(timbre: str) -> None:
    loop = pad_loop(timbre, 60, RATE)
    seam = np.abs(loop[:, 0] - loop[:, -1]).max()
    assert seam <= np.abs(np.diff(loop, axis=1)).max()
    assert np.corrcoef(loop)[0, 1] > 0.1


@settings(max_examples=8, deadline=None)
@given(
    name=st.sampled_from(["harbour", "chapel", "clicks"]),
    sizes=st.lists(st.integers(1, 40_000), min_size=1, max_size=6),
)
def test_blocks_of_any_size_give_the_same_samples(name: str, sizes: list[int]) -> None:
    whole = piece(name, 9.0).read(9 * RATE)
    stream = piece(name, 9.0)
    blocks = [stream.read(size) for size in sizes]
    assert np.array_equal(np.concatenate(blocks), whole[: sum(sizes)])


@settings(max_examples=8, deadline=None)
@given(
    name=st.sampled_from(sorted(PIECES)), frame=st.integers(0, 30 * RATE), behind=st.integers(0, 9)
)
def test_a_seek_gives_what_reading_through_gives(name: str, frame: int, behind: int) -> None:
    through = piece(name, 31.0)
    through.seek(max(0, frame - behind * RATE))
    while through.read(7_001).shape[0] and through._position < frame:
        pass
    through.seek(frame)
    fresh = piece(name, 31.0)
    fresh.seek(frame)
    assert np.array_equal(through.read(3_000), fresh.read(3_000))


def test_a_seek_into_a_room_hears_the_notes_before_it() -> None:
    whole = piece("chapel", 16.0).read(16 * RATE)
    stream = piece("chapel", 16.0)
    stream.seek(11 * RATE)
    assert np.array_equal(stream.read(RATE), whole[11 * RATE : 12 * RATE])


def test_reading_ends_with_what_is_left_and_then_nothing() -> None:
    stream = piece("lantern", 9.0)
    assert stream.frames == 9 * RATE
    stream.seek(9 * RATE - 10)
    assert [stream.read(64).shape for _ in range(2)] == [(10, 2), (0, 2)]


def test_the_same_arguments_give_the_same_samples_and_another_seed_others() -> None:
    first, again, other = (piece("brook", 12.0, seed=s).read(12 * RATE) for s in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other, atol=0.01)


def test_seeds_of_any_size_are_told_apart() -> None:
    firsts = {dice(seed, 1).random() for seed in (0, 1, 2**63, 2**63 + 1, 2**64 - 1)}
    assert len(firsts) == 5
    assert piece("meadow", 9.0, seed=-1).read(RATE).any()


@pytest.mark.parametrize(
    ("name", "bpm", "key"),
    [
        (name, bpm, key)
        for name, (bpm, key) in zip(
            sorted(PIECES),
            [(40, ""), (120, "C"), (66, "F#m"), (80, "A"), (50, "Bbm"), (100, "E")],
            strict=True,
        )
    ],
)
def test_a_piece_is_even_and_gentle(name: str, bpm: int, key: str) -> None:
    stream = piece(name, 40.0, tempo=TempoMap.constant(bpm), key=key, seed=bpm)
    sound = stream.read(stream.frames)
    meter = LoudnessMeter(RATE)
    meter.add(sound[: 32 * RATE])
    assert meter.integrated() == pytest.approx(-23.0, abs=0.5)
    assert np.abs(sound).max() < 0.5
    middle = meter.blocks()[50:]
    jumps = np.abs(middle[4:] - middle[:-4])
    assert jumps.max() < 5.5
    assert np.quantile(jumps, 0.95) < 3.0
    third = np.convolve(10 ** (middle / 10), np.ones(27) / 27, "valid")
    assert np.ptp(10 * np.log10(third)) < 6.0


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_starts_softly_and_ends_in_silence(name: str) -> None:
    sound = piece(name, 24.0).read(24 * RATE)
    power = np.mean(sound.reshape(24, RATE, 2) ** 2, axis=(1, 2))
    assert power[0] < power[8:16].mean() / 2
    assert np.all(np.diff(power[17:]) < power[8:16].mean() / 4)
    assert np.abs(sound[-RATE // 100 :]).max() < 1e-3
    assert sound[-1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", PIECES)
def test_voices_move_little_and_the_piece_ends_at_home(name: str) -> None:
    score = score_of(name, TempoMap.constant(72), seconds=300.0)
    pad = ARRANGEMENTS[name].pads[0]
    ways = [
        np.abs(np.subtract(score._voices(pad, slot + 1), score._voices(pad, slot)))
        for slot in range(40)
    ]
    assert np.mean(ways) < 2.5
    assert np.max(ways) <= 7
    last = score._chord(score._coda_slot + 1)
    assert last.root == parse_key(find_piece(name).default_key).root


def test_memory_of_an_hour_is_that_of_a_minute() -> None:
    stream = piece("harbour", 3600.0, tempo=TempoMap.constant(60))
    stream.seek(1800 * RATE)
    assert np.abs(stream.read(RATE)).max() > 0.01
    performance = stream._render.__self__  # type: ignore[union-attr]
    assert performance._score.phrase.cache_info().currsize <= 8
    assert len(performance._room._spectra) <= len(performance._room._parts) + 1


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"name": "harbor"}, "harbour, lantern"),
        ({"key": "H"}, "F#"),
        ({"tempo": TempoMap.constant(39.9)}, "40 to 120"),
        ({"tempo": TempoMap.of((0, 60), (20_000_000, 121))}, "40 to 120"),
        ({"tempo": TempoMap.of((0, 60), (9_000_000, 30), (9_000_000, 60))}, "40 to 120"),
        ({"duration_us": 0}, "above 0"),
        ({"duration_us": -1}, "above 0"),
        ({"sample_rate": 0}, "48000"),
    ],
)
def test_what_cannot_be_composed_is_refused_with_the_choices(
    changes: dict[str, object], hint: str
) -> None:
    with pytest.raises(MediaError) as refused:
        piece(**({"name": "harbour"} | changes))  # type: ignore[arg-type]
    assert hint in refused.value.hint


def test_a_closed_piece_says_so() -> None:
    stream = piece("dusk", 9.0)
    stream.close()
    with pytest.raises(MediaError, match="closed"):
        stream.read(1)
