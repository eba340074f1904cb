"""Where the client's screen is found, and how the address is drawn for a camera."""

import io
import socket

import segno

LOOPBACK = "127.0.0.1"
# Reserved for documentation: nothing is sent there, the system only says which way it would go.
_ELSEWHERE = ("192.0.2.1", 9)


def network_address() -> str | None:
    """Give this laptop's address on its network; None without one. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith(("127.", "0.")) else address


def page_address(host: str, port: int, token: str) -> str:
    """Give what is typed into a browser.

    Examples
    --------
    >>> page_address("127.0.0.1", 8123, "abc")
    'http://127.0.0.1:8123/abc/'
    """
    return f"http://{host}:{port}/{token}/"


def drawn(address: str) -> str:
    """Draw an address as a QR code in half blocks, dark on light, with its quiet border."""
    out = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue().rstrip("\n")
