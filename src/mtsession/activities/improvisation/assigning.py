"""Asking who is who: each plays a note, and the keyboard it came from is theirs."""

from mtsession.activities.improvisation.events import KnownPort
from mtsession.activities.improvisation.settings import PlayerSettings, Role

APART = 12
"""Semitones between two who share one keyboard: less may be one person's own next note."""

ROLES: tuple[Role, ...] = ("client", "therapist", "member")
NAMES = {"client": "Client", "therapist": "Therapist", "member": "Member"}


class Asking:
    """One round of asking: the client first, then the therapist, then as many members as play."""

    def __init__(self) -> None:
        self._heard: list[tuple[KnownPort, int, int]] = []

    @property
    def prompt(self) -> str:
        """Say what is asked for now."""
        if not self._heard:
            return "Play a note for the client. P leaves all as it is."
        who = "the therapist" if len(self._heard) == 1 else "a further member"
        return (
            f"Now a note for {who}: another keyboard or channel, or this one an octave away."
            " P ends here."
        )

    @property
    def answered(self) -> bool:
        """Tell whether anybody was heard."""
        return bool(self._heard)

    def hear(self, port: KnownPort, channel: int, pitch: int) -> None:
        """Take a note as somebody's, unless it may be of someone who was heard already."""
        taken = [
            at for other, place, at in self._heard if (other.port, place) == (port.port, channel)
        ]
        if all(abs(pitch - at) >= APART for at in taken):
            self._heard.append((port, channel, pitch))

    def players(self) -> tuple[PlayerSettings, ...]:
        """Give the players, each by the least that tells them apart."""
        found = []
        for index, (port, channel, pitch) in enumerate(self._heard):
            role = ROLES[min(index, 2)]
            beside = [(place, at) for other, place, at in self._heard if other.port == port.port]
            shared = sorted(at for place, at in beside if place == channel)
            at = shared.index(pitch)
            found.append(
                PlayerSettings(
                    name=NAMES[role] if index < 2 else f"{NAMES[role]} {index - 1}",
                    role=role,
                    port=port.name,
                    place=port.place,
                    channel=channel + 1 if len({place for place, _ in beside}) > 1 else None,
                    lowest_key=(shared[at - 1] + pitch) // 2 + 1 if at else None,
                    highest_key=((pitch + shared[at + 1]) // 2 if at + 1 < len(shared) else None),
                )
            )
        return tuple(found)
