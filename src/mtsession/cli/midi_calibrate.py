"""`mtsession midi calibrate`: tap along with clicks, so that latency can be taken off."""

import argparse
import sys
import time

from mtsession.app.calibration import Calibration, Heard, with_latencies
from mtsession.app.compose import make_engine
from mtsession.app.config import (
    config_or_default,
    load_remembered,
    playing_on,
    remember,
)
from mtsession.app.paths import places
from mtsession.cli.printing import print_json
from mtsession.errors import EngineError, ReportError
from mtsession.timeline.clock import RealClock

READY_SECONDS = 20.0
LOOK_SECONDS = 0.02
GUIDE = (
    "Twenty-eight soft clicks will sound, one every three quarters of a second. Tap one key of "
    "your keyboard with each, as evenly as you can; the first four are to find your way."
)


def run(arguments: argparse.Namespace) -> int:
    """Play the clicks, listen, and keep what can be relied on."""
    folders = places()
    config, _ = config_or_default(folders.config)
    remembered = load_remembered(folders.config)
    engine = make_engine(folders, config, playing_on(remembered, arguments.output))
    calibration = Calibration(engine, RealClock().now_us, ceiling_db=config.ceiling_db)
    print(GUIDE, file=sys.stderr)
    try:
        _listen(calibration)
    finally:
        calibration.close()
    heard = calibration.results()
    try:
        remember(folders.config, lambda kept: with_latencies(kept, heard))
    except OSError as error:
        raise ReportError(
            f"What was tapped cannot be kept: {error.strerror or error}.", "Free some space."
        ) from error
    for each in heard:
        if arguments.json:
            print_json(each)
        else:
            print(_words(each))
    return 0 if all(each.event() is not None for each in heard) else 1


def _listen(calibration: Calibration) -> None:
    """Turn the round until it is over."""
    calibration.open()
    deadline = time.monotonic() + READY_SECONDS
    while not calibration.over:
        time.sleep(LOOK_SECONDS)
        calibration.pump()
        if not calibration.playing and time.monotonic() > deadline:
            raise EngineError("The sound engine did not start.", "See `mtsession doctor`.")


def _words(heard: Heard) -> str:
    found = heard.found
    where = f"{heard.input} with {heard.output}"
    if found.latency_ms is None:
        return f"{where}: not kept, {found.reason}. Try once more."
    return (
        f"{where}: {found.latency_ms:.0f} ms late, spread {found.spread_ms:.0f} ms, "
        f"{found.taps} taps; kept"
    )
