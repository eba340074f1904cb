"""`mtsession plans`."""

import argparse
import sys

import msgspec

from mtsession.app.plans import list_shipped
from mtsession.timeline.units import MINUTE


def run(arguments: argparse.Namespace) -> int:
    """List the shipped plans."""
    plans = list_shipped()
    if arguments.json:
        rows = [
            {"name": each.path.stem, "title": each.plan.title, "when": each.plan.when,
             "planned_us": each.plan.planned_us}
            for each in plans
        ]  # fmt: skip
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
        return 0
    for each in plans:
        planned = each.plan.planned_us
        length = "open" if planned is None else f"{planned / MINUTE:g} min"
        print(f"{each.path.stem:<16} {length:>8}  {each.plan.when}")
    return 0
