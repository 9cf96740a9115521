"""The page of the voice: what is changed is heard at once."""


from app.i18n.notices import voice_words, words
from app.panels.host import PanelHost
from app.panels.pages import Page, beside, lines, say
from app.panels.rows import ChoiceRow, pause
from app.window.buttons import SoftButton
from audio_io.notices import Statement
from engine.messages import Preview, Stop
from engine.tts.espeak import EspeakVoice
from engine.tts.voices import own_and_shipped

SOON_MS = 250                    # after the last move of a slider
LANGUAGE = "en"                  # of the voices offered beside the presets: the embedded profile speaks no other


class VoicePage(Page):
    """Said through the conversation itself, by whatever voice it has, so that its echo is removed like any other."""

    def __init__(self, panels: PanelHost) -> None:
        super().__init__("voice", panels.program.choices)
        self.panels = panels
        self.play = SoftButton(self.tr("Listen"), self.tr("Says a phrase with this voice; again: from its beginning"),
                               "play")
        self.quiet = SoftButton(self.tr("Stop"), self.tr("Stop talking at once"), "stop")
        self.play.clicked.connect(self.preview)
        self.quiet.clicked.connect(lambda: panels.program.command(Stop()))
        self.trouble, self.broken = lines(), ""          # broken: files of the user's that are left out
        holder = beside(self.play, self.quiet)
        holder.setFocusProxy(self.play)
        self.parts["Listen to the voice"] = holder
        self.column.insertWidget(1, holder)
        self.column.insertWidget(2, self.trouble)
        self.timer = pause(self, self.preview)
        self.timer.setInterval(SOON_MS)
        for row in self.rows.values():
            row.by_user.connect(lambda: self.timer.start())
        self.finish()

    def entered(self) -> None:
        self.panels.jobs.start("voices", lambda say: self._voices(), self._found)

    def left(self) -> None:
        self.timer.stop()

    def preview(self) -> None:
        """The phrase, from its beginning; what was being said ends."""
        self.timer.stop()
        self.panels.program.command(Preview(self.tr("This is how I sound now. Do you like it?")))

    def _voices(self) -> list[tuple[str, str]]:
        """Waits for the voice's own process. -> (name, description or "")."""
        broken: list[Statement] = []
        named = own_and_shipped(self.panels.program.choices.now.voices(), broken.append)
        self.broken = "\n".join(words(one) for one in broken)
        voice = EspeakVoice(named)
        try:
            names = voice.voices()
        finally:
            voice.stop()
        plain = [name for name in names if name.split("-")[0] == LANGUAGE and "+" not in name]
        return [*((name, preset.description) for name, preset in named.items()),
                *((name, "") for name in plain if name not in named)]  # fmt: skip

    def _found(self, pairs: list[tuple[str, str]] | None, line: str) -> None:
        say(self.trouble, line or self.broken)
        row = self.rows["voice.voice"]
        assert isinstance(row, ChoiceRow)
        if pairs is not None:
            row.offer([(name, f"{name}: {voice_words(about)}" if about else name) for name, about in pairs])
