"""An event as one object of JSON: the format of docs/formats.md, which other programs read. Nothing else makes it."""

from collections.abc import Mapping

from audio_io.notices import line
from engine.messages import (
    BackChannelGiven,
    Ducked,
    EchoRemoved,
    Event,
    FinalWords,
    HeardNothing,
    Json,
    Latency,
    Notice,
    Ready,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    Resumed,
    Severity,
    ToolUsed,
    Unducked,
    UserEnded,
    UserStarted,
    WordsSoFar,
    Yielded,
)

Object = Mapping[str, Json]


def stable(event: Event) -> Object | None:
    """-> {"t", "event", ...} of the events that `parley converse` writes; None for all others."""
    match event:
        case UserStarted():
            return _object(event, "user_start")
        case UserEnded():
            return _object(event, "user_end")
        case WordsSoFar():
            return _object(event, "words", text=event.text)
        case FinalWords():
            return _object(event, "final", text=event.text)
        case ReplyStarted():
            return _object(event, "reply_start", reply=event.reply)
        case ReplyText():
            return _object(event, "reply_text", reply=event.reply, text=event.text)
        case Ducked():
            return _object(event, "duck", reply=event.reply)
        case Unducked():
            return _object(event, "unduck", reply=event.reply)
        case Yielded():
            return _object(event, "yield", reply=event.reply, heard=event.heard)
        case Resumed():
            return _object(event, "resume", reply=event.reply)
        case ReplyEnded():
            return _object(event, "reply_end", reply=event.reply)
        case BackChannelGiven():
            return _object(event, "backchannel", text=event.text)
        case ToolUsed():
            return _object(event, "tool", name=event.name, arguments=event.arguments, result=event.result)
        case HeardNothing():
            return _object(event, "heard_nothing")
        case Notice(severity=Severity.ERROR):
            return _object(event, "error", what=line(event.what), do=str(event.do.value) if event.do else "")
    return None


def shown(event: Event) -> Object | None:
    """-> the same, and of what `parley talk --json` tells besides; None for all others."""
    match event:
        case Ready():
            return _object(event, "ready")
        case Latency():
            return _object(event, "latency", wait_ms=event.wait_ms, listen_ms=event.listen_ms,
                           think_ms=event.think_ms, speak_ms=event.speak_ms, total_ms=event.total_ms)  # fmt: skip
        case EchoRemoved():
            return _object(event, "echo", erle_db=event.erle_db, delay_ms=event.delay_ms)
        case Notice(severity=Severity.INFO | Severity.TROUBLE):
            return _object(event, "status", text=line(event.what), trouble=event.severity is Severity.TROUBLE)
    return stable(event)


def _object(event: Event, kind: str, **fields: Json) -> Object:
    return {"t": round(event.t, 4), "event": kind, **fields}
