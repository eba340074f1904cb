"""`mtsession playlist check | plan | convert`."""

import argparse
import sys

import msgspec

from mtsession.app.plans import find_plan, load_plan
from mtsession.errors import MtSessionError
from mtsession.session.plan import PlanFaultsError
from mtsession.timeline.units import MINUTE


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked of a plan or playlist."""
    return _check(arguments.plan, as_json=arguments.json)


def _check(name: str, *, as_json: bool) -> int:
    try:
        plan = load_plan(find_plan(name))
    except PlanFaultsError as error:
        if as_json:
            sys.stdout.write(msgspec.json.encode(error.faults).decode() + "\n")
        else:
            for fault in error.faults:
                print(f"{fault.sentence} {fault.hint}".strip())
        return 1
    except MtSessionError as error:
        if not as_json:
            raise
        row = {"message": error.message, "hint": error.hint}
        sys.stdout.write(msgspec.json.encode([row]).decode() + "\n")
        return 1
    if as_json:
        sys.stdout.write("[]\n")
    else:
        planned = plan.planned_us
        length = "until stopped" if planned is None else f"{planned / MINUTE:g} min"
        count = len(plan.segments)
        segments = "1 segment" if count == 1 else f"{count} segments"
        print(f"{plan.name}: no faults. {plan.title}, {segments}, {length}.")
    return 0
