"""What a session costs beside its sound: the runner, views, the codec and the summary."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from ratios import paired, quantile, ratio, told
from whole_session import play

from mtsession.app.registry import METHODS, event_codec
from mtsession.protocol.commands import PlayNote
from mtsession.protocol.wire import decode_command, encode
from mtsession.session.runner import TICK_US
from mtsession.session.summary import summarise
from mtsession.timeline.units import SECOND

REDRAWS_A_SECOND = 20


def cases() -> list[str]:
    return ["runner", "codec", "wire", "summary"]


def run(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001  (the runner's contract)
    return {"runner": runner, "codec": codec, "wire": wire, "summary": summary}[case]()


def runner() -> dict[str, object]:
    """Time every call of the runner in a whole session, and a view in every tick of it."""
    views: list[float] = []

    def look(desk: object) -> None:
        begin = time.perf_counter()
        desk.view()  # type: ignore[attr-defined]
        views.append(time.perf_counter() - begin)

    desk, _, times = play(each=look)
    ticks = [seconds for name, seconds in times if name == "tick"]
    events = [seconds for name, seconds in times if name == "handle"]
    happened = tuple(desk.events)
    session = happened[-1].t_us / SECOND
    busy = sum(ticks) + sum(events)
    drawing = statistics.mean(views) * REDRAWS_A_SECOND
    return {
        "told": f"runner {100 * busy / session:.2f} % of one core, "
        f"20 views a second {100 * drawing:.2f} %",
        "session_minutes": round(session / 60, 1),
        "events": len(happened),
        "runner_share_of_core": round(busy / session, 5),
        "views_share_of_core": round(drawing, 5),
        "tick_median_us": round(statistics.median(ticks) * 1e6, 1),
        "tick_p99_us": round(quantile(ticks, 0.99) * 1e6, 1),
        "tick_longest_share_of_tick": round(max(ticks) * 1e6 / TICK_US, 4),
        "event_median_us": round(statistics.median(events) * 1e6, 1),
        "event_p99_us": round(quantile(events, 0.99) * 1e6, 1),
        "view_median_us": round(statistics.median(views) * 1e6, 1),
        "passed": busy + drawing * session < 0.25 * session,
    }


def codec() -> dict[str, object]:
    """Hold encoding and decoding of a session's events against the standard library's JSON."""
    desk, stored, _ = play()
    happened = tuple(desk.events)
    known, types = event_codec(), len({type(event) for event in happened})
    plain = [(event.type, json.loads(event.payload)) for event in stored]
    texts = [event.payload.decode() for event in stored]
    writing = ratio(
        *paired(
            _seconds(lambda: [known.encode(event) for event in happened]),
            _seconds(lambda: [json.dumps(fields) for _, fields in plain]),
            runs=15,
        )
    )
    reading = ratio(
        *paired(
            _seconds(lambda: [known.decode(event) for event in stored]),
            _seconds(lambda: [json.loads(text) for text in texts]),
            runs=15,
        )
    )
    read = [known.decode(event) for event in stored]
    same = [known.decode(known.encode(event)) for event in read] == read
    return {
        "told": f"writes {told(writing, 'json.dumps')}, reads {told(reading, 'json.loads')}",
        "events": len(stored),
        "event_types": types,
        "encode_to_json_dumps": writing,
        "decode_to_json_loads": reading,
        "payload_bytes_mean": round(statistics.mean(len(event.payload) for event in stored), 1),
        "passed": same,
    }


def wire() -> dict[str, object]:
    """Hold a command's way through the pipe's bytes against msgspec's bare struct."""
    bare = msgspec.defstruct("Bare", [("note", int), ("velocity", int)], frozen=True)
    writer, reader = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(bare)
    commands = [PlayNote(note=n % 128) for n in range(20_000)]
    bares = [bare(note=n % 128, velocity=64) for n in range(20_000)]
    figures = ratio(
        *paired(
            _seconds(lambda: [decode_command(encode(one)) for one in commands]),
            _seconds(lambda: [reader.decode(writer.encode(one)) for one in bares]),
            runs=15,
        )
    )
    return {
        "told": told(figures, "a bare msgspec struct"),
        "command_to_bare_struct": figures,
        "passed": all(decode_command(encode(one)) == one for one in commands[:128]),
    }


def summary() -> dict[str, object]:
    """Hold the summary of thirty-five minutes against only decoding the same events."""
    desk, stored, _ = play()
    known, happened = event_codec(), tuple(desk.events)
    figures = ratio(
        *paired(
            _seconds(lambda: summarise("bench", happened, METHODS)),
            _seconds(lambda: [known.decode(event) for event in stored]),
            runs=9,
        )
    )
    seconds = _seconds(lambda: summarise("bench", happened, METHODS))()
    made = summarise("bench", happened, METHODS)
    return {
        "told": told(figures, "decoding the same events"),
        "session_minutes": round(happened[-1].t_us / SECOND / 60, 1),
        "events": len(happened),
        "sections": len(made.sections),
        "summary_to_decoding": figures,
        "milliseconds": round(seconds * 1000, 1),
        "passed": len(made.sections) > 0,
    }


def _seconds(call: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        begin = time.perf_counter()
        call()
        return time.perf_counter() - begin

    return measure
