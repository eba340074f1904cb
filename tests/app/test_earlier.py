"""A summary beside the same client's earlier ones."""

import msgspec

from mtsession.app.archive import Archive
from mtsession.app.earlier import beside_earlier_sessions
from mtsession.app.registry import METHODS
from mtsession.protocol.sections import Figure, Section
from mtsession.protocol.summary import Summary
from mtsession.session.summary import summarise

KEY = "engagement.client.participation"


def summary(share: float, method: str = "improvisation") -> Summary:
    figures = (
        Figure(label="instrument", text="Piano", key="engagement.client.instrument"),
        Figure(label="participation", text=f"sounding {share}", key=KEY, value=share),
    )
    section = Section(activity=1, method=method, title="", line="", figures=figures)
    return msgspec.structs.replace(summarise("s", [], METHODS), sections=(section,))


def told(made: Summary) -> str:
    return next(figure.text for figure in made.sections[0].figures if figure.key == KEY)


def test_engagement_stands_beside_three_earlier_sessions() -> None:
    before = [summary(share) for share in (0.2, 0.3, 0.7)]
    made = beside_earlier_sessions(summary(0.5), before)
    assert told(made) == "sounding 0.5; earlier sessions: median 0.30, MAD 0.10, 3 sessions"


def test_first_session_and_other_methods_stay_as_they_are() -> None:
    assert beside_earlier_sessions(summary(0.5), []) == summary(0.5)
    breathing = summary(0.5, "breathing")
    assert beside_earlier_sessions(breathing, [breathing] * 3) == breathing


def test_archive_takes_only_the_same_clients_sessions_before_this_one() -> None:
    class Entry:
        def __init__(self, name: str, client: str | None, started: str | None) -> None:
            self.id, self.client, self.started = name, client, started

    entries = [Entry("a", "K-1", "2027-01-01"), Entry("b", "K-2", "2027-01-02"),
               Entry("c", "K-1", "2027-01-03"), Entry("d", "K-1", "2027-01-04"),
               Entry("e", None, None)]  # fmt: skip

    class Shelf(Archive):
        def __init__(self) -> None:
            pass

        def sessions(self):
            return entries

        def _kept(self, entry):
            return entry.id

    shelf = Shelf()
    assert shelf._before(entries[2]) == ["a"]
    assert shelf._before(entries[3]) == ["a", "c"]
    assert shelf._before(entries[4]) == []
