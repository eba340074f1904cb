"""Notes from messages: which end belongs to which beginning, and what the pedal holds.

Messages are taken in as they come. Two messages of one key in the same
microsecond give the same notes in either order: a key that was down is released
before it is struck again, one that was up is struck before it is released.
"""

from collections.abc import Iterable

from mtsession.activities.improvisation.note import Channel, Note, NoteList, NoteListener

SUSTAIN, SOSTENUTO, SOFT = 64, 66, 67
ALL_SOUND_OFF, NO_CONTROLLERS, ALL_NOTES_OFF = 120, 121, 123
PEDAL_DOWN = 64
SHADING = {0xA0: "aftertouch", 0xD0: "aftertouch", 0xE0: "pitch bend"}


class _Key:
    """What a key last did."""

    __slots__ = ("last", "note", "orphan_us", "orphans", "struck_again_us")

    def __init__(self) -> None:
        self.note: Note | None = None
        self.last: Note | None = None
        self.struck_again_us: int | None = None
        self.orphan_us: int | None = None
        self.orphans = 0


class NotePairing:
    """Pairs one player's messages and tells its listeners of the notes.

    Attributes
    ----------
    doubled : int
        Strikes of a key that was down already; the note before ends there.
    unmatched : int
        Releases of a key that was not down.
    fixed_ports : set of int
        Ports that cannot tell how fast a key was struck: the computer's keys.
    shaded : set of str
        What else was moved while playing: soft pedal, pitch bend, aftertouch, other controllers.
    """

    def __init__(self, *listeners: NoteListener) -> None:
        self._listeners = listeners
        self._keys: dict[tuple[Channel, int], _Key] = {}
        self._sustained: dict[Channel, list[Note]] = {}
        self._pedals: set[Channel] = set()
        self._sostenuto: dict[Channel, int] = {}
        self._released_now: list[Note] = []
        self._now = 0
        self._begun = 0
        self.doubled = 0
        self.unmatched = 0
        self.fixed_ports: set[int] = set()
        self.shaded: set[str] = set()

    def take_in(self, port: int, data: bytes, t_us: int) -> None:
        """Take in one channel message; a time before the last one's counts as that one's."""
        if t_us > self._now:
            self._now = t_us
            self._released_now.clear()
        kind = data[0] & 0xF0
        if kind in SHADING:
            self.shaded.add(SHADING[kind])
        if len(data) < 3:
            return
        channel: Channel = (port, data[0] & 0x0F)
        if kind == 0xB0:
            self._control(channel, data[1], data[2])
        elif kind == 0x90 and data[2]:
            self._strike(channel, data[1], data[2])
        elif kind in (0x80, 0x90):
            self._release(channel, data[1])

    def _control(self, channel: Channel, controller: int, value: int) -> None:
        """Take in a pedal, or an order to end what sounds."""
        down = value >= PEDAL_DOWN
        if controller == SUSTAIN:
            self._pedal(channel, down=down)
        elif controller == SOSTENUTO:
            self._catch(channel, down=down)
        elif controller == NO_CONTROLLERS:
            self._pedal(channel, down=False)
            self._catch(channel, down=False)
        elif controller == ALL_NOTES_OFF:
            # Some keyboards send this whenever the last key is up: the pedal outlives it.
            self._release_all(channel)
        elif controller == ALL_SOUND_OFF:
            self.cut(self._now, [channel])
        else:
            self.shaded.add("soft pedal" if controller == SOFT else "controllers")

    @property
    def now_us(self) -> int:
        """Give the time of the latest message."""
        return self._now

    @property
    def held(self) -> int:
        """Count the keys that are down."""
        return sum(key.note is not None for key in self._keys.values())

    @property
    def longest_held(self) -> Note | None:
        """Give the note whose key has been down for longest."""
        down = [key.note for key in self._keys.values() if key.note is not None]
        return min(down, key=lambda note: note.start_us, default=None)

    @property
    def channels(self) -> set[Channel]:
        """Give every channel that a key or a pedal was moved on."""
        return {channel for channel, _ in self._keys} | self._pedals | self._sostenuto.keys()

    def cut(
        self, t_us: int, channels: Iterable[Channel]
    ) -> tuple[list[Note], list[tuple[Channel, int]]]:
        """End all that sounds on some channels, because nothing more can be known of it.

        Returns
        -------
        keys : list of Note
            Notes whose key was down.
        pedals : list of (Channel, int)
            Pedals that were down, by their controller.
        """
        wanted = set(channels)
        self._now = max(self._now, t_us)
        keys = [
            key.note
            for (channel, _), key in self._keys.items()
            if channel in wanted and key.note is not None
        ]
        pedals = [(channel, SUSTAIN) for channel in sorted(wanted & self._pedals)]
        pedals += [(channel, SOSTENUTO) for channel in sorted(wanted & self._sostenuto.keys())]
        self._pedals -= wanted
        for note in keys:
            self._keys[note.channel, note.pitch].note = None
            note.released_us = self._now
            self._end(note)
        for channel in wanted:
            self._sostenuto.pop(channel, None)
            for note in self._sustained.pop(channel, []):
                self._end(note)
        self._released_now.clear()
        return keys, pedals

    def _strike(self, channel: Channel, pitch: int, velocity: int) -> None:
        """Begin a note, or find that this strike is another of the same instant."""
        if channel[0] in self.fixed_ports:
            velocity = 0
        key = self._keys.setdefault((channel, pitch), _Key())
        same = key.note or key.last
        if (
            same is not None
            and same.start_us == self._now
            and (key.note is same or same.released_us == self._now)
        ):
            self.doubled += 1
            if velocity > same.velocity:
                before, same.velocity = same.velocity, velocity
                for listener in self._listeners:
                    listener.louder(same, before)
            return
        if key.note is not None:
            self.doubled += 1
            key.struck_again_us = self._now
            key.note.released_us = self._now
            self._end(key.note)
        self._free_string(channel, pitch)
        note = key.note = key.last = Note(channel, pitch, velocity, self._now, self._begun)
        note.caught = self._sostenuto.get(channel) == self._now
        self._begun += 1
        for listener in self._listeners:
            listener.begin(note)
        if key.orphan_us == self._now and key.orphans:
            key.orphans -= 1
            self.unmatched -= 1
            self._let_go(key, note)

    def _release(self, channel: Channel, pitch: int) -> None:
        """End a note's key, or find that the release belongs to another strike."""
        key = self._keys.setdefault((channel, pitch), _Key())
        if key.note is None:
            if key.orphan_us != self._now:
                key.orphan_us, key.orphans = self._now, 0
            key.orphans += 1
            self.unmatched += 1
        elif key.struck_again_us == self._now:
            key.struck_again_us = None
            self.doubled -= 1
        else:
            self._let_go(key, key.note)

    def _release_all(self, channel: Channel) -> None:
        """Release every key of a channel."""
        for note in self._down(channel):
            self._let_go(self._keys[channel, note.pitch], note)

    def _let_go(self, key: _Key, note: Note) -> None:
        """Release a key; with the pedal down the note sounds on."""
        key.note = None
        note.released_us = self._now
        if note.channel in self._pedals or note.caught:
            self._sustained.setdefault(note.channel, []).append(note)
        else:
            self._released_now.append(note)
            self._end(note)

    def _pedal(self, channel: Channel, *, down: bool) -> None:
        """Hold what is released from here on, or let go of what was held."""
        if down and channel not in self._pedals:
            self._pedals.add(channel)
            self._sustained.setdefault(channel, []).extend(self._reopened(channel))
        elif not down:
            self._pedals.discard(channel)
            self._let_ring(channel)

    def _catch(self, channel: Channel, *, down: bool) -> None:
        """Hold the notes whose keys are down at this instant, or let go of them."""
        if down and channel not in self._sostenuto:
            self._sostenuto[channel] = self._now
            held = self._sustained.setdefault(channel, [])
            held += self._reopened(channel)
            for note in (*self._down(channel), *held):
                note.caught = note.released_us in (None, self._now)
        elif not down and self._sostenuto.pop(channel, None) is not None:
            for note in (*self._sustained.get(channel, ()), *self._down(channel)):
                note.caught = False
            self._let_ring(channel)

    def _down(self, channel: Channel) -> list[Note]:
        """Give the notes of a channel whose keys are down."""
        return [
            key.note
            for (other, _), key in self._keys.items()
            if other == channel and key.note is not None
        ]

    def _reopened(self, channel: Channel) -> list[Note]:
        """Take back the ends of this very instant: a pedal came in time."""
        caught = [
            note
            for note in self._released_now
            if note.channel == channel and self._keys[channel, note.pitch].last is note
        ]
        for note in caught:
            self._released_now.remove(note)
            note.end_us = None
            for listener in self._listeners:
                listener.reopen(note)
        return caught

    def _let_ring(self, channel: Channel) -> None:
        """End what no pedal holds any more."""
        if channel in self._pedals:
            return
        held = self._sustained.pop(channel, [])
        kept = [note for note in held if note.caught]
        if kept:
            self._sustained[channel] = kept
        for note in held:
            if not note.caught:
                self._end(note)

    def _free_string(self, channel: Channel, pitch: int) -> None:
        """End the pedalled note of a key that is struck anew: it is one string."""
        sustained = self._sustained.get(channel)
        if sustained:
            for note in [note for note in sustained if note.pitch == pitch]:
                sustained.remove(note)
                self._end(note)

    def _end(self, note: Note) -> None:
        note.end_us = self._now
        for listener in self._listeners:
            listener.end(note)


def pair(rows: Iterable[tuple[int, bytes]]) -> list[Note]:
    """Give the notes of timed messages in order of their beginning.

    Parameters
    ----------
    rows : iterable of (int, bytes)
        Time in microseconds and channel message, in any order.

    Examples
    --------
    >>> (note,) = pair([(900, bytes([0x80, 60, 0])), (100, bytes([0x90, 60, 64]))])
    >>> note.start_us, note.end_us, note.velocity
    (100, 900, 64)
    """
    kept = NoteList()
    pairing = NotePairing(kept)
    for t_us, data in sorted(rows, key=lambda row: row[0]):
        pairing.take_in(0, data, t_us)
    return kept.notes
