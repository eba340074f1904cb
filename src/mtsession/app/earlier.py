"""A session's summary beside the same client's earlier ones, where a method has a word on that."""

from collections.abc import Callable, Sequence

import msgspec

from mtsession.activities.improvisation.baseline import beside_earlier
from mtsession.protocol.sections import Section
from mtsession.protocol.summary import Summary

MOST_BEFORE = 20
BESIDE: dict[str, Callable[[Section, Sequence[Section]], Section]] = {
    "improvisation": beside_earlier,
}


def beside_earlier_sessions(summary: Summary, before: Sequence[Summary]) -> Summary:
    """Set each section beside those of earlier sessions.

    Parameters
    ----------
    before : sequence of Summary
        The same client's, in any order; of several sections of a method in one session the
        first counts.
    """
    sections = tuple(_beside(section, before) for section in summary.sections)
    return msgspec.structs.replace(summary, sections=sections)


def _beside(section: Section, before: Sequence[Summary]) -> Section:
    beside = BESIDE.get(section.method)
    if beside is None:
        return section
    firsts = (
        next((each for each in other.sections if each.method == section.method), None)
        for other in before
    )
    return beside(section, [each for each in firsts if each is not None])
