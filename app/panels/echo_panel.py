"""The test of loudspeakers and echo as a part of a page: a button, a bar, figures, and what to do about them."""

# ruff: noqa: E501  a table of texts, see app.settings.texts

import threading

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.desktop.jobs import Jobs, Say
from app.desktop.program import Program
from app.fact import Fact
from app.i18n.languages import announce
from app.i18n.marking import QT_TRANSLATE_NOOP
from app.panels.echo_test import PHRASE, EchoResult, advice, judge, play
from app.panels.pages import beside, lines, say
from app.settings.schema import Settings
from app.window.buttons import SoftButton
from app.window.theme import ALARM, THINKING, YOU
from audio_io.device.contract import Device
from audio_io.dsp import echo
from audio_io.dsp.resample import Resampler
from audio_io.errors import Trouble
from audio_io.frames import VOICE_HZ
from engine.messages import Phrase
from engine.tts.espeak import EspeakVoice
from engine.tts.voices import own_and_shipped

E = "Echo"
VERDICTS = {
    "good": (QT_TRANSLATE_NOOP("Echo", "Good: you can interrupt Parley while it speaks."), YOU),
    "fair": (QT_TRANSLATE_NOOP("Echo", "It works, but not well."), THINKING),
    "bad": (QT_TRANSLATE_NOOP("Echo", "Parley hears itself too well here: it may interrupt itself, or not hear you over its own voice."),
            ALARM),
    "headphones": (QT_TRANSLATE_NOOP("Echo", "No echo: you use headphones, or the loudspeaker is silent. Did you hear the phrase?"), YOU),
    "silent": (QT_TRANSLATE_NOOP("Echo", "The microphone delivers nothing but zeros."), ALARM),
}
DO = {
    "permission": QT_TRANSLATE_NOOP("Echo", "Switch the microphone on, or allow Parley to use it in the system's privacy settings."),
    "pair": QT_TRANSLATE_NOOP("Echo", "Choose another microphone and loudspeaker, best both of one device."),
    "lower": QT_TRANSLATE_NOOP("Echo", "The microphone is overdriven: turn the loudspeaker down, or the microphone's level."),
    "quieter": QT_TRANSLATE_NOOP("Echo", "Turn the loudspeaker down, or move the microphone away from it."),
    "wired": QT_TRANSLATE_NOOP("Echo", "The sound comes late, as with Bluetooth: a wired loudspeaker is better."),
    "headphones": QT_TRANSLATE_NOOP("Echo", "Use headphones."),
    "canceller": QT_TRANSLATE_NOOP("Echo", "Echo removal is off: switch it on, or use headphones."),
    "off": QT_TRANSLATE_NOOP("Echo", "With headphones you may switch the echo removal off; it costs nothing to leave it on."),
}


def spoken(settings: Settings, hz: int, text: str = PHRASE) -> np.ndarray:
    """-> [n] float32 at hz: the phrase in the user's voice. Raises Trouble."""
    voice = EspeakVoice(own_and_shipped(settings.voices(), lambda _: None))     # the start has told of it
    try:
        chunks = [chunk.pcm for chunk in voice.work(Phrase(text, settings.voice.style(), last=True))]
    finally:
        voice.stop()
    resampler = Resampler(VOICE_HZ, hz)
    return np.concatenate([resampler(np.concatenate(chunks)), resampler.flush()])


def measured(program: Program, told: Say, cancel: threading.Event) -> tuple[EchoResult, str]:
    """Waits for the whole test. told: (share, microphone's peak, loudspeaker's). -> figures, canceller's name."""
    settings = program.choices.now

    def alone(device: Device) -> tuple[np.ndarray, np.ndarray, int]:
        mic, reference = play(device, phrase, lambda *values: told(values), cancel)
        return mic, reference, device.hz

    phrase = spoken(settings, int(program.sound()["hz"]))
    if cancel.is_set():
        raise Trouble("the test was stopped")
    name = settings.audio.canceller
    mic, reference, hz = program.alone(alone)
    return judge(mic, reference, hz, echo.make(name)), name


class EchoPanel(QWidget):
    """`levels(mic, speaker)` while it plays; `ended` with the figures, or None."""

    def __init__(self, program: Program, jobs: Jobs) -> None:
        super().__init__()
        self.program, self.jobs = program, jobs
        self.levels, self.ended = Fact[float, float](), Fact[EchoResult | None]()
        self.cancel: threading.Event | None = None
        self.result: EchoResult | None = None
        self.button = SoftButton(self.tr("Test my speakers and echo"),
                                 self.tr("Plays a phrase and listens to it; ten seconds"), "play")
        self.button.clicked.connect(self.toggle)
        self.setFocusProxy(self.button)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName(self.tr("Test of loudspeakers and echo"))
        self.bar.hide()
        self.verdict, self.figures, self.advice = lines(), lines(), lines()
        font = self.verdict.font()
        font.setBold(True)
        self.verdict.setFont(font)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.addWidget(beside(self.button))
        for part in (self.bar, self.verdict, self.figures, self.advice):
            column.addWidget(part)

    def toggle(self) -> None:
        if self.cancel is not None:
            self.cancel.set()
            return
        self.cancel = cancel = threading.Event()
        for label in (self.verdict, self.figures, self.advice):
            say(label, "")
        self.bar.setValue(0)
        self.bar.show()
        self.button.setText(self.tr("Stop the test"))
        say(self.figures, self.tr("The conversation pauses. Please be quiet for a moment."))
        self.jobs.start("echo test", lambda told: measured(self.program, told, cancel), self._done, self._progress)

    def _progress(self, told: tuple[float, float, float]) -> None:
        self.bar.setValue(round(100 * told[0]))
        self.levels.emit(told[1], told[2])

    def _done(self, found: tuple[EchoResult, str] | None, line: str) -> None:
        stopped, self.cancel = self.cancel is not None and self.cancel.is_set(), None
        self.button.setText(self.tr("Test again"))
        self.bar.hide()
        self.result = found[0] if found else None
        say(self.figures, "")
        if found is not None:
            self.show_result(*found)
        elif not stopped:
            say(self.verdict, self.tr("The test did not work: {why}").format(why=line))
        self.ended.emit(self.result)

    def show_result(self, result: EchoResult, canceller: str) -> None:
        told = advice(result, canceller)
        text, colour = VERDICTS[told.verdict]
        say(self.verdict, QCoreApplication.translate(E, text))
        self.verdict.setStyleSheet(f"QLabel {{ border: 0; border-left: 4px solid {colour}; padding-left: 8px; }}")
        figures = []
        if result.heard and result.delay_ms is not None:
            figures = [self.tr("Echo removed: {db:.0f} dB").format(db=result.removed_db),
                       self.tr("Delay: {ms:.0f} ms").format(ms=result.delay_ms),
                       self.tr("Echo at the microphone: {db:+.0f} dB").format(db=result.echo_db)]
        if not result.zeros:
            figures.append(self.tr("Microphone's noise: {db:.0f} dB").format(db=result.noise_db))
        say(self.figures, " · ".join(figures))
        say(self.advice, "\n".join(f"• {QCoreApplication.translate(E, DO[do])}" for do in told.do))
        announce(self, f"{self.verdict.text()} {self.figures.text()} {self.advice.text()}")
