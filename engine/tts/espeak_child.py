"""eSpeak NG as a program of its own: phrases in, 16-bit samples and word positions out.

eSpeak NG is free software under the GNU General Public License, version 3 or later (GPL-3.0-or-later),
https://github.com/espeak-ng/espeak-ng. That is why it is loaded here and never into Parley's own process:
`engine/tts/espeak.py` starts this file as a worker process and talks to it in messages: EspeakReady comes first, or
Failed where there is no eSpeak NG; every Say is answered by any number of Spoken and one SayEnded.

eSpeak NG keeps the phase of its oscillators in static variables, which neither espeak_Initialize nor
espeak_Terminate resets: the same phrase came out a few samples longer or shorter each time. The library is
therefore unloaded and loaded again after each phrase (4 ms, before the next one is asked for). And
espeak_Initialize seeds its noise with the second of the day, so that whispers, flutter and breath changed with
the clock: both of its random numbers, its own and the C library's, are seeded again before each phrase. So the
same phrase is the same bytes, whatever was said before and whenever it is said.
"""

import ctypes as C
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio_io.errors import NotHere
from audio_io.worker_messages import CancelSay, EspeakReady, Message, Say, SayEnded, Spoken
from audio_io.worker_process import Parent

SYNCHRONOUS = 2                  # AUDIO_OUTPUT_SYNCHRONOUS: samples come to the callback inside espeak_Synth
BUFFER_MS = 40                   # sound a callback; also how much is still made after a cancel
DONT_EXIT = 0x8000               # espeakINITIALIZE_DONT_EXIT: report missing data, do not end the process
UTF8 = 1                         # espeakCHARS_UTF8; no SSML and no phoneme flag: text is only ever text
RATE, PITCH, RANGE, WORD_GAP = 1, 3, 4, 7    # espeakRATE, espeakPITCH, espeakRANGE, espeakWORDGAP
WORD, LIST_TERMINATED = 1, 0     # espeak_EVENT_TYPE
DEFAULT_VOICE = "en-us"
SEED = 1                         # of all noise in a phrase


class Event(C.Structure):
    """espeak_EVENT of speak_lib.h. `text_position` counts characters from 1."""

    _fields_ = (
        ("type", C.c_int), ("unique_identifier", C.c_uint), ("text_position", C.c_int), ("length", C.c_int),
        ("audio_position", C.c_int), ("sample", C.c_int), ("user_data", C.c_void_p), ("id", C.c_char * 8),
    )


class VoiceEntry(C.Structure):
    """espeak_VOICE. `languages`: a priority byte, then a name; only the first is read."""

    _fields_ = (
        ("name", C.c_char_p), ("languages", C.c_char_p), ("identifier", C.c_char_p), ("gender", C.c_ubyte),
        ("age", C.c_ubyte), ("variant", C.c_ubyte), ("xx1", C.c_ubyte), ("score", C.c_int), ("spare", C.c_void_p),
    )


OnSound = C.CFUNCTYPE(C.c_int, C.POINTER(C.c_short), C.c_int, C.POINTER(Event))
Sink = Callable[[bytes, list[tuple[int, int]]], bool]      # samples, marks -> whether to go on


class Espeak:
    """The library, as new for every phrase. Raises OSError when it cannot be loaded or finds no data."""

    def __init__(self, library: str, data: str) -> None:
        # relative to the working directory: eSpeak holds 160 bytes of path, and on Windows no other alphabet
        os.chdir(Path(data).parent)
        self.library, self.data = library, Path(data).name
        self.sink: Sink = lambda pcm, marks: False
        self.on_sound = OnSound(self._on_sound)             # kept: the library holds its address
        self.voice = DEFAULT_VOICE
        self.used = False
        self.hz = self._load()

    def _load(self) -> int:
        self.lib = C.CDLL(self.library)
        self.lib.espeak_Initialize.argtypes = (C.c_int, C.c_int, C.c_char_p, C.c_int)
        self.lib.espeak_SetVoiceByName.argtypes = (C.c_char_p,)
        self.lib.espeak_Synth.argtypes = (
            C.c_char_p, C.c_size_t, C.c_uint, C.c_int, C.c_uint, C.c_uint, C.c_void_p, C.c_void_p,
        )
        self.lib.espeak_ng_SetRandSeed.argtypes = (C.c_long,)
        self.lib.espeak_ListVoices.restype = C.POINTER(C.POINTER(VoiceEntry))
        hz = int(self.lib.espeak_Initialize(SYNCHRONOUS, BUFFER_MS, self.data.encode(), DONT_EXIT))
        if hz <= 0:
            raise OSError(f"eSpeak NG finds no data in {Path(self.data).resolve()}")
        self.lib.espeak_SetSynthCallback(self.on_sound)
        status = self.lib.espeak_SetVoiceByName(self.voice.encode())
        self.used = bool(status)
        if status:
            refused, self.voice = self.voice, DEFAULT_VOICE
            raise OSError(f"eSpeak NG does not load the voice {refused!r} (status {status})")
        return hz

    def renew(self) -> None:
        """Forgets all that has been said: see the docstring of this file."""
        self.lib.espeak_Terminate()
        unload(self.lib._handle)
        self._load()

    def voices(self) -> list[tuple[str, str, str]]:
        """-> (language, name, key) of every voice that is complete and needs no other program.

        The key is what `say` takes: eSpeak does not find all of its voices by their language ("en-gb").
        """
        self.used = True
        entries = self.lib.espeak_ListVoices(None)
        found = set()
        i = 0
        while entries[i]:
            entry = entries[i].contents
            if not entry.identifier.startswith(b"mb/"):     # MBROLA: a program and voices that we do not have
                language = entry.languages[1:].decode()
                if Path(self.data, language.split("-")[0] + "_dict").exists():      # the wheel lacks a few
                    found.add((language, entry.name.decode(), entry.identifier.decode()))
            i += 1
        return sorted(found)

    def variants(self) -> list[str]:
        return sorted(path.name for path in Path(self.data, "voices", "!v").iterdir())

    def say(self, text: bytes, voice: str, parameters: dict[int, int], sink: Sink) -> None:
        """Calls `sink` with every piece of sound until it says no. `parameters`: of espeak_SetParameter, always the
        same ones, so that none is left from before. Raises OSError with what went wrong."""
        if self.used or voice != self.voice:
            self.voice = voice
            self.renew()
        self.used = True
        self._seed_noise()
        self.sink = sink
        for parameter, value in parameters.items():
            self.lib.espeak_SetParameter(parameter, value, 0)
        status = self.lib.espeak_Synth(text, len(text) + 1, 0, 1, 0, UTF8, None, None)
        if status:
            raise OSError(f"eSpeak NG could not speak (status {status})")

    def _seed_noise(self) -> None:
        """espeak_Initialize takes the clock for its own; a few variants ("Reed", "caleb") use the C library's rand().

        The last thing before a phrase: no clock, and nothing that runs between two phrases, is heard in it.
        """
        self.lib.espeak_ng_SetRandSeed(SEED)
        libc = C.cdll.ucrtbase if sys.platform == "win32" else C.CDLL(None)
        libc.srand(SEED)

    def _on_sound(self, pcm: Any, n: int, events: Any) -> int:
        """eSpeak's callback. -> 0 to go on, 1 to stop."""
        marks = []
        i = 0
        while events[i].type != LIST_TERMINATED:
            if events[i].type == WORD:
                marks.append((events[i].sample, events[i].text_position - 1))
            i += 1
        if n <= 0 and not marks:
            return 0
        return 0 if self.sink(C.string_at(pcm, 2 * n) if pcm and n > 0 else b"", marks) else 1


def unload(handle: int) -> None:
    """Takes a shared library out of this process, its static variables with it."""
    import _ctypes  # ctypes has no public name for either function

    if sys.platform == "win32":
        _ctypes.FreeLibrary(handle)
    else:
        _ctypes.dlclose(handle)


class Server:
    """Speaks on the main thread; a cancel is seen on the thread that reads, in the middle of a phrase."""

    def __init__(self, parent: Parent) -> None:
        self.parent = parent
        self.cancelled = 0                                  # every phrase up to this id; written by the reader

    def first(self, message: Message) -> bool:
        """On the thread that reads. -> whether that was all there is to do."""
        if isinstance(message, CancelSay):
            self.cancelled = max(self.cancelled, message.id)
        return isinstance(message, CancelSay)

    def serve(self, espeak: Espeak) -> None:
        while True:
            espeak.renew()                                  # now, while nobody waits
            asked = self.parent.receive()
            if isinstance(asked, Say):
                why = self._speak(espeak, asked)
                self.parent.send(SayEnded(
                    asked.id, "failed" if why else "cancelled" if self.cancelled >= asked.id else "done", why))

    def _speak(self, espeak: Espeak, asked: Say) -> str:
        """-> what went wrong, or nothing."""
        def wanted() -> bool:
            return self.cancelled < asked.id

        def sink(pcm: bytes, marks: list[tuple[int, int]]) -> bool:
            if not wanted():
                return False
            self.parent.send(Spoken(asked.id, pcm, tuple(marks)))
            return wanted()

        try:
            if wanted():
                parameters = {RATE: asked.rate, PITCH: asked.pitch, RANGE: asked.range, WORD_GAP: asked.gap}
                espeak.say(asked.text.encode(), asked.voice, parameters, sink)
        except OSError as error:
            return str(error)
        return ""


def main(parent: Parent) -> None:
    """Serves until the parent wants no more. Raises NotHere where there is no eSpeak NG."""
    server = Server(parent)
    parent.listen(server.first)
    try:
        import espeakng_loader

        espeak = Espeak(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
        ready = EspeakReady(espeak.hz, tuple(espeak.voices()), tuple(espeak.variants()))
    except (ImportError, OSError, RuntimeError) as error:
        raise NotHere(f"eSpeak NG cannot be loaded: {error}; run: pip install espeakng-loader") from error
    parent.send(ready)
    server.serve(espeak)
