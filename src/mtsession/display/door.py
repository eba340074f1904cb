"""Who may see the client's screen: one browser for each address that was given out."""

import hmac
import secrets

TOKEN_BYTES = 16


class Door:
    """Lets in the first browser that comes with the address, and that one again.

    The address is spent when it is first used: whoever reads it later, from a screen, a
    history or a log, stays outside. The browser that came in keeps a seat (a cookie), with
    which it may load the page again and reconnect.

    Attributes
    ----------
    token : str
        What the newest address holds.
    """

    def __init__(self) -> None:
        self.token = ""
        self._seats: dict[str, str | None] = {}
        self.renew()

    def renew(self) -> None:
        """Make a new address; who is in stays in, and the old one, if unused, opens nothing."""
        self._seats = {token: seat for token, seat in self._seats.items() if seat is not None}
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self._seats[self.token] = None

    @property
    def spent(self) -> bool:
        """Whether a browser has come in with the newest address."""
        return self._seats[self.token] is not None

    def enter(self, token: str, seat: str | None) -> str | None:
        """Give the seat of whoever opens the page; None where they stay outside."""
        known = self._known(token)
        if known is None:
            return None
        taken = self._seats[known]
        if taken is None:
            taken = self._seats[known] = secrets.token_urlsafe(TOKEN_BYTES)
            return taken
        return taken if self.holds(token, seat) else None

    def holds(self, token: str, seat: str | None) -> bool:
        """Tell whether somebody came in before with this address and sits here."""
        known = self._known(token)
        taken = None if known is None else self._seats[known]
        return taken is not None and seat is not None and _same(taken, seat)

    def _known(self, token: str) -> str | None:
        return next((known for known in self._seats if _same(known, token)), None)


def _same(one: str, other: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(one.encode(), other.encode())
