"""The session bus (D-Bus) without waiting: jeepney makes and reads the messages, Qt's event loop watches the socket.

Qt's own D-Bus will not do: PySide6 cannot send an array of structures, which the portal for shortcuts wants.
"""

import socket
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, Parser, message_bus, new_method_call
from jeepney.auth import BEGIN, AuthenticationError, Authenticator
from jeepney.bus import get_bus
from PySide6.QtCore import QSocketNotifier

from app.fact import Fact

ENOUGH = 65_536                  # bytes read at once; the rest is told of again
Body = tuple[Any, ...]           # of a message: values of the types that its signature names, whoever sent it
Answered = Callable[[Body, str], None]    # (body, ""), or ((text, ...), the error's name)


def address_of(environ: Mapping[str, str]) -> str:
    """-> of the session bus, "" where none is known."""
    folder = environ.get("XDG_RUNTIME_DIR", "")
    return environ.get("DBUS_SESSION_BUS_ADDRESS") or (f"unix:path={folder}/bus" if folder else "")


class Bus:
    """A connection of its own; everything arrives on the UI thread. Raises OSError where no bus listens.

    ready(own name): calls may be made. signalled(path, interface.member, body): what was asked for with `hear`.
    lost(why): the bus has gone; nothing comes after it.
    """

    def __init__(self, address: str) -> None:
        self.ready, self.lost = Fact[str](), Fact[str]()
        self.signalled = Fact[str, str, Body]()
        self._login, self._parser, self._serials = Authenticator(), Parser(), count(1)
        self._waiting: dict[int, Answered] = {}
        self._out = b""
        try:
            place = get_bus(address)
        except (RuntimeError, ValueError, StopIteration) as error:
            raise OSError(f"{address} is no address of a session bus") from error
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        try:
            self.socket.connect(place)               # to a local socket: at once, or an error
        except OSError:
            self.socket.close()
            raise
        self._reader = QSocketNotifier(self.socket.fileno(), QSocketNotifier.Type.Read)
        self._reader.activated.connect(lambda *_: self._read())
        self._writer = QSocketNotifier(self.socket.fileno(), QSocketNotifier.Type.Write)
        self._writer.activated.connect(lambda *_: self._write())
        self._send(self._login.data_to_send() or b"")

    def call(self, to: DBusAddress, method: str, signature: str, body: Body,
             answered: Answered | None = None) -> None:
        """answered: called once, unless the bus is lost or closed before."""
        self._call(new_method_call(to, method, signature, body), answered)

    def hear(self, sender: str, **rule: str) -> None:
        """From now on, that sender's signals. rule: as D-Bus writes it, path_namespace="/org", arg0="name" ..."""
        match = MatchRule(type="signal", sender=sender, **{k: v for k, v in rule.items() if k != "arg0"})
        if "arg0" in rule:
            match.add_arg_condition(0, rule["arg0"])
        self._call(message_bus.AddMatch(match), None)

    def close(self) -> None:
        """What was sent so far still arrives. May be called again."""
        self._waiting.clear()
        if self.socket.fileno() >= 0:
            self._reader.setEnabled(False)
            self._writer.setEnabled(False)
            self.socket.close()

    # -- the socket ---------------------------------------------------------------------------------
    def _call(self, message: Message, answered: Answered | None) -> None:
        serial = next(self._serials)
        if answered is not None:
            self._waiting[serial] = answered
        self._send(message.serialise(serial=serial))

    def _send(self, data: bytes) -> None:
        self._out += data
        self._write()

    def _write(self) -> None:
        if self.socket.fileno() < 0:
            return
        try:
            self._out = self._out[self.socket.send(self._out) :] if self._out else b""
        except BlockingIOError:
            pass                                     # told when there is room
        except OSError:
            self._out = b""                          # reading says why, and what came before
        self._writer.setEnabled(bool(self._out))

    def _read(self) -> None:
        try:
            data = self.socket.recv(ENOUGH)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error.strerror or str(error))
            return
        if not data:
            self._lose("it has ended")
        elif self._login.authenticated:
            for message in self._parser.feed(data):
                self._take(message)
        else:
            self._log_in(data)

    def _log_in(self, data: bytes) -> None:
        try:
            self._login.feed(data)
        except AuthenticationError as error:
            self._lose(str(error))
            return
        if self._login.authenticated:
            self._send(BEGIN)
            self._call(message_bus.Hello(), lambda body, error: self.ready.emit(body[0]))
        elif more := self._login.data_to_send():
            self._send(more)

    def _take(self, message: Message) -> None:
        fields, kind = message.header.fields, message.header.message_type
        if self.socket.fileno() < 0:
            return                                   # whoever got the message before has closed
        if kind is MessageType.signal:
            member = f"{fields[HeaderFields.interface]}.{fields[HeaderFields.member]}"
            self.signalled.emit(fields[HeaderFields.path], member, message.body)
        elif answered := self._waiting.pop(fields.get(HeaderFields.reply_serial, 0), None):
            answered(message.body, fields.get(HeaderFields.error_name, ""))

    def _lose(self, why: str) -> None:
        self.close()
        self.lost.emit(why)
