"""What the engine has to say: reports on their way out, sent by a thread of their own."""

import queue
import threading
import traceback
from multiprocessing.connection import Connection

from mtsession.protocol.reports import Faulted, Happened, Report
from mtsession.protocol.wire import encode
from mtsession.timeline.event import Event, EventCodec
from mtsession.timeline.events import CORE_EVENTS


class Mailbox:
    """Takes reports from any thread and sends them in their order; nobody waits for the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._codec = EventCodec(CORE_EVENTS)
        self._reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send, name="report", daemon=True)

    def open(self) -> None:
        """Begin to send."""
        self._sender.start()

    def put(self, report: Report) -> None:
        """Send a report."""
        self._reports.put(report)

    def event(self, event: Event) -> None:
        """Tell the session of an event."""
        self._reports.put(Happened(event=self._codec.encode(event)))

    def fault(self, message: str, error: BaseException) -> None:
        """Tell the session of a fault, and leave the trace in the log."""
        traceback.print_exception(error)
        self._reports.put(
            Faulted(
                message=message,
                hint="Restart the sound if it does not go on.",
                detail={"fault": type(error).__name__},
            )
        )

    def close(self, timeout: float) -> None:
        """Send what waits, and end."""
        self._reports.put(None)
        self._sender.join(timeout)

    def _send(self) -> None:
        while (report := self._reports.get()) is not None:
            try:
                self._connection.send_bytes(encode(report))
            except OSError:
                # Nobody listens any more; the listening thread finds that out and ends the music.
                return
