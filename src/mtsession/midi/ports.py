"""What MIDI ports this machine has, for people who look for theirs."""

import msgspec

from mtsession.errors import MidiError
from mtsession.midi.driver import find_driver


class PortList(msgspec.Struct, frozen=True, kw_only=True):
    """The ports there are, or why none can be listed.

    Attributes
    ----------
    api : str or None
        The MIDI system's name as people know it; None where none works.
    message, hint : str
        What is wrong and the mend; empty where all is well.
    """

    api: str | None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    message: str = ""
    hint: str = ""


def list_ports() -> PortList:
    """List inputs and outputs by their lasting names; never raises for a missing system.

    Examples
    --------
    >>> found = list_ports()
    >>> found.api is not None or found.message != ""
    True
    """
    try:
        driver = find_driver()
        clients = (driver.open_input(), driver.open_output())
        listed = [[port.name for port in driver.names(client) if port] for client in clients]
    except MidiError as error:
        return PortList(api=None, message=error.message, hint=error.hint)
    for client in clients:
        client.delete()
    inputs, outputs = (tuple(names) for names in listed)
    if inputs:
        return PortList(api=driver.label, inputs=inputs, outputs=outputs)
    return PortList(
        api=driver.label,
        outputs=outputs,
        message="No MIDI keyboard is plugged in.",
        hint="Plug one in at any time; the computer's keys can play notes too.",
    )
