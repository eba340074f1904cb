"""`mtsession plans`."""

import argparse
import sys

import msgspec

from mtsession.app.own_plans import list_own
from mtsession.app.paths import places
from mtsession.app.plans import list_shipped
from mtsession.timeline.units import MINUTE
from mtsession.ui.draw import printable


def run(arguments: argparse.Namespace) -> int:
    """List the shipped plans, and the therapist's own."""
    own = list_own(places().plans)
    plans = [(each.path.stem, each.plan) for each in list_shipped()]
    plans += [(each.path.name, each.plan) for each in own.plans]
    for notice in own.notices:
        print(printable(f"{notice.message} {notice.hint}"), file=sys.stderr)
    if arguments.json:
        rows = [
            {"name": name, "title": plan.title, "when": plan.when,
             "planned_us": plan.planned_us if plan.segments else None}
            for name, plan in plans
        ]  # fmt: skip
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
        return 0
    for name, plan in plans:
        planned = plan.planned_us
        length = "open" if planned is None else f"{planned / MINUTE:g} min"
        if not plan.segments:
            length = ""  # a playlist's length shows when its recordings are looked up
        print(printable(f"{name:<16} {length:>8}  {plan.when}"))
    return 0
