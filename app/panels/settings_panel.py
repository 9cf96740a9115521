"""The settings: pages of controls and a search that finds each of them. What is changed holds and is saved at once."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.panels.host import PanelHost
from app.panels.pages import Page
from app.settings.declaration import PAGES
from app.settings.schema import DECLARED, on_page
from app.settings.texts import EXTRAS, told
from app.window.buttons import SoftButton
from app.window.theme import LINE

WIDE = 640                       # from here the pages' names stand beside the page, else above it


def found(text: str) -> list[tuple[str, str, str]]:
    """-> (page, setting or label, what it is called) for every setting and part that has all the words of `text`."""
    words = text.lower().split()
    hits = []
    for page, title in PAGES.items():
        entries = [(one.name, told(one.label), f"{told(one.help)} {told(one.words)} {one.name}")
                   for one in (DECLARED[name] for name in on_page(page))]
        entries += [(label, told(label), told(more)) for where, label, more in EXTRAS if where == page]
        for key, label, more in entries:
            hay = f"{told(title)} {label} {more}".lower()
            if words and all(word in hay for word in words):
                hits.append((not all(word in label.lower() for word in words), page, key, label))
    return [(page, key, label) for _, page, key, label in sorted(hits, key=lambda hit: hit[0])]


class SettingsPanel(QDialog):
    """Beside the window, not before it: the conversation goes on. `show_page(name)` opens it at a page."""

    def __init__(self, panels: PanelHost, over: QWidget | None = None) -> None:
        super().__init__(over)
        self.panels = panels
        self.setWindowTitle(self.tr("Parley: settings"))
        self.setMinimumSize(340, 400)
        self.resize(860, 640)
        self.pages: dict[str, Page] = {}
        self.stack = QStackedWidget()
        self._make_search()
        self._make_lists()
        self._lay_out()
        self.show_page("devices")

    def _make_search(self) -> None:
        self.line = QLineEdit()
        self.line.setMinimumHeight(36)
        self.line.setStyleSheet(LINE)
        self.line.setPlaceholderText(self.tr("Search the settings"))
        self.line.setAccessibleName(self.tr("Search the settings"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._search)
        self.line.returnPressed.connect(lambda: self.jump(0))
        self.line.installEventFilter(self)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._begin_search)
        self.hits = QListWidget()
        self.hits.setAccessibleName(self.tr("Settings found"))
        self.hits.itemActivated.connect(lambda item: self._go(item.data(Qt.ItemDataRole.UserRole)))
        self.hits.itemClicked.connect(lambda item: self._go(item.data(Qt.ItemDataRole.UserRole)))
        self.stack.addWidget(self.hits)

    def _make_lists(self) -> None:
        self.names, self.short = QListWidget(), QComboBox()
        self.names.setAccessibleName(self.tr("Pages"))
        self.short.setAccessibleName(self.tr("Page"))
        self.names.setFixedWidth(190)
        self.names.setFrameShape(QListWidget.Shape.NoFrame)
        self.names.setSpacing(2)
        self.names.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.short.setMinimumHeight(34)
        for name, title in PAGES.items():
            item = QListWidgetItem(told(title))
            item.setSizeHint(QSize(0, 34))
            self.names.addItem(item)
            self.short.addItem(told(title), name)
        self.names.currentRowChanged.connect(self._turn_to)
        self.short.activated.connect(self._turn_to)

    def _lay_out(self) -> None:
        close = SoftButton(self.tr("Close"), self.tr("Close the settings"))
        close.clicked.connect(self.close)
        top, middle, whole = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        top.addWidget(self.line, 1)
        top.addWidget(close)
        middle.addWidget(self.names)
        middle.addWidget(self.stack, 1)
        whole.setContentsMargins(14, 12, 14, 12)
        whole.addLayout(top)
        whole.addWidget(self.short)
        whole.addLayout(middle, 1)

    # -- pages --------------------------------------------------------------------------------------
    @property
    def page(self) -> Page | None:
        """The one that is shown; None while hits are."""
        shown = self.stack.currentWidget()
        return shown if isinstance(shown, Page) else None

    def made(self, name: str) -> Page:
        """Each page when it is first wanted: all of them at once would hold the window for a moment."""
        if name not in self.pages:
            self.pages[name] = self.panels.make_page(name)
            self.stack.addWidget(self.pages[name])
        return self.pages[name]

    def show_page(self, name: str) -> None:
        self.made(name)
        index = list(PAGES).index(name)
        for part, change in ((self.names, self.names.setCurrentRow), (self.short, self.short.setCurrentIndex)):
            part.blockSignals(True)
            change(index)
            part.blockSignals(False)
        before = self.page
        if before is not None and before is not self.pages[name]:
            before.left()
        self.stack.setCurrentWidget(self.pages[name])
        if self.isVisible():
            self.pages[name].entered()

    def _turn_to(self, index: int) -> None:
        self.line.blockSignals(True)
        self.line.clear()
        self.line.blockSignals(False)
        self.show_page(list(PAGES)[index])

    # -- search -------------------------------------------------------------------------------------
    def _begin_search(self) -> None:
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def _search(self, text: str) -> None:
        if not text.strip():
            self.show_page(list(PAGES)[max(0, self.names.currentRow())])
            return
        if self.page is not None:
            self.page.left()
        self.hits.clear()
        for page, key, label in found(text):
            item = QListWidgetItem(f"{label}\n{told(PAGES[page])}")
            item.setData(Qt.ItemDataRole.UserRole, (page, key))
            item.setSizeHint(QSize(0, 46))
            self.hits.addItem(item)
        if not self.hits.count():
            item = QListWidgetItem(self.tr("Nothing is called like that."))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.hits.addItem(item)
        self.hits.setCurrentRow(0)
        self.stack.setCurrentWidget(self.hits)

    def jump(self, index: int) -> None:
        """To one of the hits."""
        item = self.hits.item(index)
        if item is not None and item.data(Qt.ItemDataRole.UserRole) is not None:
            self._go(item.data(Qt.ItemDataRole.UserRole))

    def _go(self, place: tuple[str, str] | None) -> None:
        if place is None:
            return
        self._turn_to(list(PAGES).index(place[0]))
        self.pages[place[0]].point_at(place[1])

    # -- the dialog itself --------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.line:
            if event.key() == Qt.Key.Key_Escape and self.line.text():
                self.line.clear()
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.stack.currentWidget() is self.hits:
                self.hits.setFocus()
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return                               # Return belongs to the search; it closes nothing
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = self.width() >= WIDE
        self.names.setVisible(wide)
        self.short.setVisible(not wide)
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.page is not None:
            self.page.entered()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.page is not None:
            self.page.left()

    def refresh(self, name: str) -> None:
        """A setting has changed, here or by voice."""
        for page in self.pages.values():
            page.refresh(name)
