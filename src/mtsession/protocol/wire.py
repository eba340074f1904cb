"""Commands and reports as bytes on the pipe between the two processes."""

import msgspec

from mtsession.protocol.commands import AnyCommand, Command
from mtsession.protocol.reports import AnyReport, Report

_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[AnyCommand] = msgspec.msgpack.Decoder(AnyCommand)
_reports: msgspec.msgpack.Decoder[AnyReport] = msgspec.msgpack.Decoder(AnyReport)


def encode(message: Command | Report) -> bytes:
    """Give a command or a report as bytes."""
    return _encoder.encode(message)


def decode_command(data: bytes) -> AnyCommand:
    """Give the command of some bytes.

    Raises
    ------
    msgspec.MsgspecError
        If they hold no known command.
    """
    return _commands.decode(data)


def decode_report(data: bytes) -> AnyReport:
    """Give the report of some bytes.

    Raises
    ------
    msgspec.MsgspecError
        If they hold no known report.
    """
    return _reports.decode(data)
