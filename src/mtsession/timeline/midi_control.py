"""A pedal or button that is no key of a keyboard, and what its messages say."""

import msgspec

_CONTROL_CHANGE = 0xB0
_FIRST_MODE = 120
_DOWN = 64


class MidiControl(msgspec.Struct, frozen=True, kw_only=True):
    """One controller of one MIDI port.

    Attributes
    ----------
    port : str
        The port's name.
    channel : int
        1 to 16.
    controller : int
        0 to 119, as the MIDI standard numbers them; 64 is the sustain pedal.
    rests_high : bool
        Whether it sends its high values while it is left alone, as pedals of some makers do.

    Examples
    --------
    >>> pedal = MidiControl.pressed_by("Foot", bytes((0xB0, 64, 127)))
    >>> pedal.held_by("Foot", bytes((0xB0, 64, 0)))
    False
    """

    port: str
    channel: int
    controller: int
    rests_high: bool = False

    @classmethod
    def pressed_by(cls, port: str, data: bytes) -> "MidiControl | None":
        """Give the control that a message says was pressed just now; None where it says none."""
        if not _is_control_change(data) or 0 < data[2] < _DOWN:
            # A pedal of many steps passes low values on its way down: only its far ends tell.
            return None
        channel = (data[0] & 0x0F) + 1
        return cls(port=port, channel=channel, controller=data[1], rests_high=data[2] == 0)

    def held_by(self, port: str, data: bytes) -> bool | None:
        """Tell whether a message says that it is held; None where it is not this control's."""
        if not _is_control_change(data) or port != self.port:
            return None
        if (data[0] & 0x0F) + 1 != self.channel or data[1] != self.controller:
            return None
        return (data[2] >= _DOWN) != self.rests_high


def _is_control_change(data: bytes) -> bool:
    return len(data) == 3 and data[0] & 0xF0 == _CONTROL_CHANGE and data[1] < _FIRST_MODE
