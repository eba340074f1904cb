"""Live wishes over pure tones, as quickly and in any order as fingers can: no click is heard."""

import msgspec
import numpy as np
import pytest

from mtsession.protocol import commands as ask
from mtsession.protocol.sources import RatePoint
from sound.fakes import RATE, item, opened, sine, us

SECONDS = 14.0
PATHS = ("low", "middle", "high")
# What a tone of 130 Hz at a quarter of full level bends at most from one sample to the next.
LARGEST_BEND = 0.004
CHANCES = {
    "play": 0.1, "skip": 0.2, "revise": 0.22, "pause": 0.12, "resume": 0.16, "level": 0.08,
    "duck": 0.06, "stop": 0.03, "quiet": 0.03,
}  # fmt: skip


class Fingers:
    """Somebody who asks for one thing after another.

    Parameters
    ----------
    seed : int
        What is asked for follows from it.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._programmes = 0
        self._items = ()
        self.said: list[tuple[float, str]] = []

    def wish(self, now: float) -> ask.Command:
        """Give what is asked for next."""
        what = self._rng.choice([*CHANCES], p=[*CHANCES.values()]) if self._items else "play"
        self.said.append((round(now, 3), what))
        return getattr(self, f"_{what}")()

    def wait(self) -> float:
        """Give the seconds until then."""
        return float(self._rng.choice([0.02, 0.1, 0.3, 0.9]))

    def _between(self, low: float, high: float) -> float:
        return float(self._rng.uniform(low, high))

    def _play(self) -> ask.Command:
        self._programmes += 1
        items, start = [], 0.0
        for place in range(3):
            seconds, fade = self._between(2, 6), self._between(0.2, 1.5)
            rate = (RatePoint(t_us=us(0), rate=self._between(0.85, 1.1)),)
            items.append(
                item(
                    10 * self._programmes + place,
                    PATHS[(self._programmes + place) % 3],
                    start=start,
                    seconds=seconds,
                    fade_in=fade if place else 0.0,
                    fade_out=fade,
                    beats=[0.5 * beat for beat in range(30)],
                    rate=rate if self._rng.random() < 0.6 else (),
                )
            )
            start += seconds - fade
        self._items = tuple(items)
        gives_way = bool(self._rng.random() < 0.5)
        return ask.PlayProgramme(
            owner=1, items=self._items, fade_in_us=us(1.0), gives_way=gives_way
        )

    def _revise(self) -> ask.Command:
        self._items = tuple(
            msgspec.structs.replace(
                each,
                rate=(RatePoint(t_us=us(0), rate=self._between(0.9, 1.1)),),
                duration_us=us(each.duration_us / 1e6 * self._between(0.9, 1.2)),
            )
            for each in self._items
        )
        return ask.ReviseProgramme(owner=1, items=self._items)

    def _skip(self) -> ask.Command:
        return ask.SkipItem(owner=1, fade_us=us(self._between(0.1, 2)))

    def _pause(self) -> ask.Command:
        return ask.PauseMusic(fade_us=us(float(self._rng.choice([0, 0.5]))))

    def _resume(self) -> ask.Command:
        return ask.ResumeMusic(fade_us=us(float(self._rng.choice([0, 1.0]))))

    def _level(self) -> ask.Command:
        return ask.SetLevel(level_db=self._between(-20, 0))

    def _duck(self) -> ask.Command:
        return ask.SetDuck(owner=int(self._rng.integers(1, 3)), on=bool(self._rng.random() < 0.5))

    def _stop(self) -> ask.Command:
        return ask.StopProgramme(owner=1, fade_us=us(float(self._rng.choice([0, 0.5]))))

    def _quiet(self) -> ask.Command:
        return ask.GoQuiet()


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < 2 else pytest.mark.soak) for seed in range(60)]
)
def test_no_wish_is_heard_as_a_click(seed):
    tones = zip(PATHS, (90, 110, 130), strict=True)
    studio = opened({path: sine(hz, 40.0, 0.2) for path, hz in tones})
    fingers, now = Fingers(seed), 0.0
    while now < SECONDS:
        studio.send(fingers.wish(now))
        now += fingers.wait()
        studio.until(now)
    bends = np.abs(np.diff(studio.heard[:, 0], 2))
    worst = int(bends.argmax())
    before = [told for told in fingers.said if told[0] <= worst / RATE + 0.001][-6:]
    assert bends[worst] <= LARGEST_BEND, (round(worst / RATE, 3), before)
