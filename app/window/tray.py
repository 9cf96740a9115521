"""The icon in the system's tray: what the state is, and the few things that are wanted without the window."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.fact import Fact
from app.window import icons
from app.window.orb import colour_of, words_of


class Tray(QObject):
    """`asked(verb)`: show, mute, push, stop, settings, quit. Where the desktop has no tray, nothing is shown."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.asked = Fact[str]()
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu(window)
        self.state, self._shown = "", ("", "", False)
        self.show_window = self._entry(self.tr("Show or hide the window"), "show")
        self.menu.addSeparator()
        self.mute = self._entry(self.tr("Mute"), "mute", checkable=True)
        self.push = self._entry(self.tr("Push to talk"), "push", checkable=True)
        self.stop = self._entry(self.tr("Stop talking"), "stop")
        self.menu.addSeparator()
        self.settings = self._entry(self.tr("Settings…"), "settings")
        self._entry(self.tr("Quit"), "quit")
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._clicked)
        self.show_state("starting", "", False)

    @staticmethod
    def available() -> bool:
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show_state(self, state: str, hint: str, muted: bool) -> None:
        if (state, hint, muted) == self._shown:
            return
        name, usual = words_of(state)
        self.state, self._shown = state, (state, hint, muted)
        self.icon.setIcon(icons.disc(colour_of(state), struck=muted))
        self.icon.setToolTip(f"Parley: {name}\n{hint or usual}".strip())

    def show_modes(self, push: bool, muted: bool) -> None:
        self.push.setChecked(push)
        self.mute.setChecked(muted)

    def _entry(self, text: str, verb: str, checkable: bool = False) -> QAction:
        entry = QAction(text, self.menu)
        entry.setCheckable(checkable)
        entry.triggered.connect(lambda: self.asked.emit(verb))
        self.menu.addAction(entry)
        return entry

    def _clicked(self, how: QSystemTrayIcon.ActivationReason) -> None:
        if how == QSystemTrayIcon.ActivationReason.Trigger:
            self.asked.emit("show")
        elif how == QSystemTrayIcon.ActivationReason.MiddleClick:
            self.asked.emit("mute")
