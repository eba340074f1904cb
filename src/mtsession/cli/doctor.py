"""`mtsession doctor`."""

import argparse
import sys

import msgspec

from mtsession.app.doctor import examine

MARKS = {"ok": "ok      ", "missing": "missing ", "fault": "FAULT   "}


def run(arguments: argparse.Namespace) -> int:
    """Say what works here and how to mend what does not."""
    findings = examine()
    if arguments.json:
        sys.stdout.write(msgspec.json.encode(findings).decode() + "\n")
    else:
        for finding in findings:
            print(f"{MARKS[finding.state]}{finding.topic}: {finding.text}")
            if finding.mend:
                print(f"        mend: {finding.mend}")
        states = {finding.state for finding in findings}
        print()
        if "fault" in states:
            print("What is marked FAULT is to be mended before a session.")
        elif "missing" in states:
            print("A session runs all the same; what is missing is left out and said.")
        else:
            print("Everything is here.")
    return 1 if any(finding.state == "fault" for finding in findings) else 0
