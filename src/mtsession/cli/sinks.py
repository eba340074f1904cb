"""Where a rendered session goes: a WAV file and lines of JSON."""

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from mtsession.errors import ReportError
from mtsession.timeline.event import StoredEvent


class _Draft:
    """A file that appears under its name only when it is whole."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.draft: Path | None = None
        if path is None:
            return
        if path.is_dir():
            raise ReportError(f"{path} is a folder.", "Give the name of a file to write.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".draft-", suffix=path.suffix)
        except OSError as error:
            raise _refused(path, error) from error
        os.close(handle)
        self.draft = Path(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.path is None or self.draft is None:
            return
        try:
            self._close()
            if kind is None:
                self.draft.replace(self.path)
        except (OSError, soundfile.LibsndfileError) as refusal:
            raise _refused(self.path, refusal) from refusal
        finally:
            self.draft.unlink(missing_ok=True)

    def _close(self) -> None:
        """Let go of what writes the draft."""


class WavSink(_Draft):
    """A stereo WAV file of 24 bits, written block by block.

    Raises
    ------
    ReportError
        If it cannot be written.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        super().__init__(path)
        self.frames = 0
        try:
            self._file: Any = soundfile.SoundFile(
                self.draft, "w", samplerate=sample_rate, channels=2, subtype="PCM_24", format="WAV"
            )
        except (OSError, soundfile.LibsndfileError) as error:
            if self.draft is not None:
                self.draft.unlink(missing_ok=True)
            raise _refused(path, error) from error

    def write(self, block: NDArray[np.float32]) -> None:
        """Write samples, shape (n, 2)."""
        try:
            self._file.write(block)
        except (OSError, soundfile.LibsndfileError) as error:
            raise _refused(self.path, error) from error
        self.frames += len(block)

    def _close(self) -> None:
        self._file.close()


class JsonLines(_Draft):
    """Events as one JSON object a line; nothing where there is no path."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path)
        self._file = None if self.draft is None else self.draft.open("wb")

    def write(self, seq: int, event: StoredEvent) -> None:
        """Write one event."""
        if self._file is None:
            return
        row = {
            "seq": seq,
            "t_us": event.t_us,
            "type": event.type,
            "version": event.version,
            "subject": event.subject,
            "event": msgspec.Raw(event.payload),
        }
        try:
            self._file.write(msgspec.json.encode(row) + b"\n")
        except OSError as error:
            raise _refused(self.path, error) from error

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


def _refused(path: Path | None, error: Exception) -> ReportError:
    # The sound library names no reason of its own: a disk that takes no more is the usual one.
    reason = getattr(error, "strerror", None) or "the disk takes no more"
    return ReportError(
        f"{path} cannot be written: {reason.lower()}.", "Choose another folder or free some space."
    )
