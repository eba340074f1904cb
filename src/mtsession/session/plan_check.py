"""What a plan asks of its values beyond their types, and the error that tells every fault."""

from typing import Any

from mtsession.errors import PlanError
from mtsession.protocol.toml_lines import Path
from mtsession.protocol.written import (
    Fault,
    Report,
    check_value,
    read_toml,
    summed_up,
    told_place,
    unknown_keys,
)
from mtsession.timeline.units import MINUTE, Micros

__all__ = [
    "Fault",
    "PlanFaultsError",
    "check_length",
    "check_value",
    "read_toml",
    "told_place",
    "unknown_keys",
]

LONGEST_MINUTES = 600.0


class PlanFaultsError(PlanError):
    """A plan that breaks one rule or more, with the place of each.

    Parameters
    ----------
    faults : tuple of Fault
        At least one, in the order of the file.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(*summed_up(faults, "plan"))
        self.faults = faults


def check_length(table: dict[str, Any], path: Path, report: Report) -> Micros | None:
    """Read how long a segment lasts; None where it goes on until stopped."""
    minutes, until = table.get("minutes"), table.get("until")
    either = 'Write either minutes = 5 or until = "stopped".'
    if minutes is None and until is None:
        report((*path, "minutes"), "the segment has no length.", either)
    elif minutes is not None and until is not None:
        report((*path, "until"), "the segment has both minutes and until.", either)
    elif until is not None and until != "stopped":
        report((*path, "until"), f"“{until}” is not known.", either)
    elif minutes is not None:
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            report((*path, "minutes"), "it must be a number of minutes.", either)
        elif not 0 < minutes <= LONGEST_MINUTES:
            hint = f"Write minutes above 0, at most {LONGEST_MINUTES:.0f}."
            report((*path, "minutes"), f"{minutes} minutes cannot be.", hint)
        else:
            return Micros(round(minutes * MINUTE))
    return None
