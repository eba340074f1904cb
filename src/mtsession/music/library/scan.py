"""Scanning folders: what changed is read, what is new is measured, the rest is not opened.

Every file is kept as soon as it is done, so a scan that was stopped or killed goes on where it was
when it is started again.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from mtsession.music.cancelling import Cancelled, never
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.crew import Crew, Worker, usual_workers
from mtsession.music.library.intake import Intake, KnownFile
from mtsession.music.library.reports import ScanProgress, ScanReport
from mtsession.music.library.walk import Found, ScanFault, Walk, last_part, readable, whole_path
from mtsession.music.library.worker import (
    Answer,
    Listen,
    Look,
    Looked,
    Measure,
    Measured,
    Refused,
    Stuck,
)
from mtsession.music.recording import Analysis

__all__ = ["ScanFault", "ScanProgress", "ScanReport", "nothing_heard", "scan"]

SHORTEST_S = 3.0
"""Recordings without a tempo that are shorter have a line in the report."""

_WAIT_SECONDS = 0.1


def scan(
    folders: Sequence[Path],
    catalogue: Catalogue,
    *,
    workers: int | None = None,
    on_progress: Callable[[ScanProgress], None] | None = None,
    cancelled: Cancelled = never,
    measure: Measure | None = None,
) -> ScanReport:
    """Bring the catalogue up to date with folders.

    Parameters
    ----------
    folders : sequence of Path
        Folders, read with all below them, or single files.
    catalogue : Catalogue
        Opened in this thread.
    workers : int, optional
        Processes that read and measure; `crew.usual_workers` by default.
    on_progress : callable, optional
        Told of the progress, about ten times a second.
    cancelled : callable, optional
        Asked as often; True stops within a second.
    measure : callable, optional
        Measures one file; importable by name, since it runs in other processes. The usual
        analysis by default.

    Returns
    -------
    ScanReport

    Raises
    ------
    MusicError
        If the catalogue cannot be written, or no worker can be started.
    """
    began = time.monotonic()
    roots = [whole_path(folder) for folder in folders]
    walk = Walk(roots, cancelled)
    found = list(walk.files())
    intake = Intake(catalogue.database)
    if cancelled():
        progress = ScanProgress(found=len(found))
        return ScanReport(
            progress=progress,
            faults=tuple(walk.faults),
            cancelled=True,
            seconds=time.monotonic() - began,
        )
    known = intake.known(roots)
    _note_presence(intake, walk, found, known)
    run = _Run(intake, found, known, on_progress or (lambda _: None))
    crew = Crew(workers or usual_workers(), measure)
    try:
        whole = run.work(crew, cancelled)
    finally:
        crew.stop()
    return ScanReport(
        progress=run.progress(),
        faults=(*walk.faults, *run.faults),
        missing=intake.missing(roots),
        cancelled=not whole,
        seconds=time.monotonic() - began,
    )


def nothing_heard(name: str, analysis: Analysis) -> str | None:
    """Give a sentence where a file can be read and there is nothing in it to work with."""
    if analysis.bpm is None and analysis.duration_s < SHORTEST_S:
        return f"“{name}” lasts {analysis.duration_s:.1f} s, too short for a tempo."
    if analysis.lufs is None:
        return f"“{name}” is silent."
    return None


def _note_presence(
    intake: Intake, walk: Walk, found: Sequence[Found], known: dict[str, KnownFile]
) -> None:
    """Note which files are gone; of folders that could not be looked into nothing is said."""
    there = {each.path for each in found}
    unseen = [Path(folder) for folder in walk.unseen]
    gone = [
        path
        for path in known.keys() - there
        if not any(folder == Path(path) or folder in Path(path).parents for folder in unseen)
    ]
    back = [path for path in there & known.keys() if not known[path].present]
    intake.mark_present(back, [path for path in gone if known[path].present])


class _Run:
    """The files of one scan on their way into the catalogue."""

    def __init__(
        self,
        intake: Intake,
        found: Sequence[Found],
        known: dict[str, KnownFile],
        tell: Callable[[ScanProgress], None],
    ) -> None:
        self.faults: list[ScanFault] = []
        self._intake = intake
        self._tell = tell
        self._found = len(found)
        self._unchanged = self._known = self._analysed = self._failed = 0
        self._waiting: deque[Found] = deque()
        self._sizes: dict[str, int] = {}
        self._looked: dict[str, Looked] = {}
        self._read_bytes = 0
        self._heard_s = 0.0
        self._now = ""
        self._began = time.monotonic()
        for each in found:
            as_known = known.get(each.path)
            if as_known is None or as_known.stamp != each.stamp or not as_known.settled:
                self._waiting.append(each)
                self._sizes[each.path] = each.stamp.size
            elif as_known.fault is None:
                self._unchanged += 1
            else:
                self._fail(each.path, as_known.fault)
        self._all_bytes = sum(self._sizes.values())

    def work(self, crew: Crew, cancelled: Cancelled) -> bool:
        """Have every waiting file read; False where it was cancelled before the end."""
        told = time.monotonic()
        self._tell(self.progress())
        while self._waiting or crew.busy:
            if cancelled():
                return False
            if time.monotonic() - told >= _WAIT_SECONDS:
                told = time.monotonic()
                self._tell(self.progress())
            for worker in crew.idle(len(self._waiting)):
                self._begin(worker)
            for worker, asked, answer in crew.answers(_WAIT_SECONDS):
                self._take(worker, asked, answer)
        self._tell(self.progress())
        return True

    def progress(self) -> ScanProgress:
        """Say how far it is."""
        seconds = max(1e-6, time.monotonic() - self._began)
        opened = self._found - self._unchanged - len(self._sizes)
        left_s = None
        if self._read_bytes:
            left_s = seconds * (self._all_bytes - self._read_bytes) / self._read_bytes
        return ScanProgress(
            found=self._found,
            done=self._found - len(self._sizes),
            unchanged=self._unchanged,
            known=self._known,
            analysed=self._analysed,
            failed=self._failed,
            files_per_s=opened / seconds,
            audio_rate=self._heard_s / seconds,
            left_s=left_s if self._sizes else 0.0,
            now=self._now,
        )

    def _begin(self, worker: Worker) -> None:
        each = self._waiting.popleft()
        self._now = last_part(each.path)
        worker.ask(Look(path=each.path), size=each.stamp.size)

    def _take(self, worker: Worker, asked: Look | Listen, answer: Answer | None) -> None:
        path = asked.path
        if isinstance(answer, Looked):
            self._look_up(worker, path, answer)
        elif isinstance(answer, Measured):
            self._keep(path, answer)
        elif isinstance(answer, Refused):
            self._refuse(path, answer)
        else:
            what = (
                "was left out: reading it came to a standstill"
                if isinstance(answer, Stuck)
                else "stopped the program that reads it"
            )
            self._refuse(path, Refused(message=f"“{last_part(path)}” {what}."))

    def _look_up(self, worker: Worker, path: str, looked: Looked) -> None:
        """Measure what is not known yet; two files of one content need it once."""
        if not self._intake.is_settled(looked.content):
            self._looked[path] = looked
            worker.ask(Listen(path=path, stamp=looked.stamp))
            return
        self._intake.keep(path, looked.stamp, looked.content, looked.tags)
        fault = self._intake.fault(looked.content, path)
        if fault is None:
            self._known += 1
        else:
            self._fail(path, fault)
        self._done(path)

    def _keep(self, path: str, measured: Measured) -> None:
        looked, analysis = self._looked.pop(path), measured.analysis
        fault = analysis.fault or nothing_heard(last_part(path), analysis)
        self._intake.keep_measured(
            path, looked.stamp, looked.content, looked.tags, analysis=analysis, fault=fault
        )
        self._heard_s += analysis.duration_s
        if fault is None:
            self._analysed += 1
        else:
            self._fail(path, fault)
        self._done(path)

    def _refuse(self, path: str, refused: Refused) -> None:
        looked = self._looked.pop(path, None)
        if refused.stamp is not None and looked is not None:
            self._intake.keep_measured(
                path,
                refused.stamp,
                looked.content,
                looked.tags,
                analysis=None,
                fault=refused.message,
            )
        elif refused.stamp is not None:
            self._intake.keep_unusable(path, refused.stamp, refused.message)
        self._fail(path, refused.message)
        self._done(path)

    def _fail(self, path: str, message: str) -> None:
        self._failed += 1
        self.faults.append(ScanFault(path=readable(path), message=message))

    def _done(self, path: str) -> None:
        self._read_bytes += self._sizes.pop(path)
