"""How far a scan is and what came of it, in the words of screen and command line; pure."""

from pathlib import Path

from mtsession.app.plain_text import printable
from mtsession.music.library.reports import ScanProgress, ScanReport
from mtsession.music.library.walk import ScanFault


def progress_words(progress: ScanProgress) -> str:
    """Say how far a scan is, what matters first: the line may be cut.

    Examples
    --------
    >>> progress_words(ScanProgress(found=9, done=4, unchanged=1, analysed=3, failed=0,
    ...     files_per_s=2.0, audio_rate=420.0, left_s=75.0, now="waltz.ogg"))
    '4 of 9 files, 1 min 15 s left, 2 a second (420x real time); waltz.ogg'
    """
    parts = [f"{progress.done} of {_files(progress.found)}"]
    if progress.left_s is not None:
        parts.append(f"{duration_words(progress.left_s)} left")
    rate = progress.files_per_s
    if rate > 0:
        pace = f"{rate:.0f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute"
        heard = progress.audio_rate
        parts.append(f"{pace} ({heard:.0f}x real time)" if heard >= 1 else pace)
    if progress.failed:
        parts.append(f"{progress.failed} with faults")
    now = progress.now or ("" if progress.done else "getting ready")
    return printable("; ".join(part for part in (", ".join(parts), now) if part))


def report_words(report: ScanReport) -> str:
    """Say in one sentence what came of a scan.

    Examples
    --------
    >>> report_words(ScanReport(progress=ScanProgress(found=3, done=3, analysed=2, unchanged=1)))
    '3 files in 1 s: 2 measured, 1 as before.'
    """
    progress = report.progress
    counts = [f"{progress.analysed} measured", f"{progress.unchanged} as before"]
    if progress.known:
        counts.append(f"{progress.known} moved, copied or tagged anew")
    if report.faults:
        counts.append(f"{len(report.faults)} with faults")
    if report.missing:
        counts.append(f"{report.missing} no longer there")
    files = _files(progress.found)
    looked = f"{progress.done} of {files}" if report.cancelled else files
    return f"{looked} in {duration_words(report.seconds)}: {', '.join(counts)}."


def fault_line(fault: ScanFault) -> str:
    """Say on one line which file and what is wrong; sentences begin with the path's last part.

    Examples
    --------
    >>> fault_line(ScanFault(path="/music/a.wav", message="“a.wav” is silent."))
    '/music/a.wav is silent.'
    """
    return printable(f"{fault.path}{_after_name(fault)}")


def fault_lines(fault: ScanFault) -> tuple[str, str]:
    """Say the same on two lines of a narrow screen: the file with its fault, and its folder."""
    path = Path(fault.path)
    return printable(f"{path.name or path}{_after_name(fault)}"), printable(str(path.parent))


def _after_name(fault: ScanFault) -> str:
    quoted = f"“{Path(fault.path).name or fault.path}”"
    if fault.message.startswith(quoted):
        return fault.message.removeprefix(quoted)
    return f": {fault.message}"


def duration_words(seconds: float) -> str:
    """Say a duration as people do.

    Examples
    --------
    >>> duration_words(0.4), duration_words(75), duration_words(3_900)
    ('1 s', '1 min 15 s', '1 h 5 min')
    """
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes_over = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_over} min"
    if not minutes:
        return f"{whole} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
