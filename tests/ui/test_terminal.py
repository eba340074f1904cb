"""A terminal that stands still or is gone holds nothing up."""

import contextlib
import os
import signal
import threading

import pytest

from mtsession.ui import terminal_output
from mtsession.ui.terminal_output import MOST_WAITING, TerminalWriter, patient_driver

pty = pytest.importorskip("pty", reason="a Unix terminal")

PIECE = "x" * 4096
LONG = 20.0


@pytest.fixture
def ends():
    """Give both ends of a terminal: what reads the screen, and what the program writes to."""
    reads, writes = pty.openpty()
    yield reads, writes
    for end in (reads, writes):
        try:
            os.close(end)
        except OSError:
            continue


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(terminal_output, "PATIENCE_SECONDS", 0.02)


def finishes(work):
    """Tell whether something ends by itself."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LONG)
    return not thread.is_alive()


def drained(end):
    with contextlib.suppress(OSError):  # the other end was closed
        while os.read(end, 65_536):
            pass


def write_much(writer):
    for _ in range(4 * MOST_WAITING):
        writer.write(PIECE)


def test_a_terminal_that_stands_still_holds_nothing_up(ends):
    writer = TerminalWriter(ends[1], lambda: None)
    assert finishes(lambda: write_much(writer))
    assert finishes(writer.stop)


def test_a_terminal_that_is_gone_holds_nothing_up(ends):
    os.close(ends[0])
    writer = TerminalWriter(ends[1], lambda: None)
    assert finishes(lambda: write_much(writer))
    assert finishes(writer.stop)


def test_what_was_left_out_is_drawn_anew_once_the_terminal_takes_it(ends):
    drawn = []
    writer = TerminalWriter(ends[1], lambda: drawn.append("again"))
    write_much(writer)
    assert not drawn
    seen, done = bytearray(), threading.Event()

    def read():
        while not done.is_set():
            seen.extend(os.read(ends[0], 65_536))
            if b"the end" in seen:
                done.set()

    threading.Thread(target=read, daemon=True).start()
    while not done.wait(0.01):
        writer.write("the end")
    assert drawn == ["again"]
    assert len(seen) < 4 * MOST_WAITING * len(PIECE)
    assert finishes(writer.stop)


def test_text_arrives_whole_and_in_order(ends):
    writer = TerminalWriter(ends[1], lambda: None)
    for number in range(20):
        writer.write(f"{number} ● ")
    assert finishes(writer.stop)
    assert os.read(ends[0], 65_536).decode() == "".join(f"{number} ● " for number in range(20))


def test_a_signal_may_write_while_a_write_goes_on(ends):
    writer = TerminalWriter(ends[1], lambda: None)
    threading.Thread(target=drained, args=(ends[0],), daemon=True).start()
    before = signal.signal(signal.SIGALRM, lambda *_: writer.write("again"))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for _ in range(4_000):
            writer.write("x")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert finishes(writer.stop)


def test_going_on_without_having_been_put_away_draws_nothing():
    class Usual:
        _must_signal_resume = False
        came_back = 0

        def _sigcont_application(self, *_):
            self.came_back += 1

    driver = patient_driver(Usual)()
    driver._sigcont_application()
    assert driver.came_back == 0
    driver._must_signal_resume = True
    driver._sigcont_application()
    assert driver.came_back == 1
