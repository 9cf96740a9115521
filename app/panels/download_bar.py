"""How far a download is, how it ended, and its end on request."""

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.cli.models import size
from app.desktop.downloads import Downloads
from app.panels.pages import beside, lines, say
from app.window.buttons import SoftButton

STEPS = 1000                     # of the bar


class DownloadBar(QWidget):
    """`state`: what may be written into while nothing is being fetched. Only downloads of one kind are shown."""

    def __init__(self, downloads: Downloads, kind: str) -> None:
        """kind: one of app.desktop.downloads.KINDS."""
        super().__init__()
        self.downloads, self.kind = downloads, kind
        self.state = lines()
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName(self.tr("Download"))
        self.stop = SoftButton(self.tr("Cancel"), self.tr("What has come is kept; the next time it goes on from there"))
        self.stop.clicked.connect(downloads.cancel)
        self.stopper = beside(self.stop)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        for part in (self.state, self.bar, self.stopper):
            whole.addWidget(part)
        downloads.changed.connect(self.show_download)
        self.show_download()

    @property
    def on(self) -> bool:
        """Something of this kind is being fetched."""
        return bool(self.downloads.going) and self.downloads.kind == self.kind

    @property
    def ended_badly(self) -> bool:
        return self.downloads.kind == self.kind and bool(self.downloads.line)

    def show_download(self) -> None:
        one = self.downloads
        self.bar.setVisible(self.on)
        self.stopper.setVisible(self.on)
        if self.on:
            self.bar.setValue(round(STEPS * one.share))
            self.bar.setAccessibleDescription(self.tr("{share:.0f} per cent").format(share=100 * one.share))
            doing = {"fetches": self.tr("Downloading"), "checks": self.tr("Checking"),
                     "converts": self.tr("Converting")}.get(one.doing, self.tr("Starting"))
            say(self.state, self.tr("{doing} {name}: {done} of {total}").format(
                doing=doing, name=one.name, done=size(one.done), total=size(one.total)) if one.total else
                self.tr("{doing} {name}").format(doing=doing, name=one.name))  # fmt: skip
        elif self.ended_badly and one.stopped:
            say(self.state, self.tr("Stopped. What has come is kept; the next time it goes on from there."))
        elif self.ended_badly:
            say(self.state, self.tr("Not downloaded: {why}").format(why=one.line))
