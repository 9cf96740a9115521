"""One setting as a control: its name, the control, what it does, "reset this", and the line that refuses a value."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.fact import Fact
from app.i18n.marking import QT_TRANSLATE_NOOP
from app.settings.choices import Choices
from app.settings.schema import DECLARED
from app.settings.texts import told
from app.window.buttons import SoftButton
from app.window.theme import LINE
from audio_io.errors import Trouble
from engine.llm.personas import personas
from engine.strict_yaml import Value

OWN_WORDS = QT_TRANSLATE_NOOP("Settings", "In my own words")
RESET = QT_TRANSLATE_NOOP("Settings", "Reset: {name}")
# Fusion's own outline of an empty box cannot be seen on a dark window
BOX = """QCheckBox::indicator:unchecked { width: 13px; height: 13px; border: 1px solid palette(button-text);
border-radius: 3px; background: palette(base); }"""
TALL = 34                        # pixels of a control
NO_KEY = ("Backspace", "Del")      # they end a key for talking instead of being one
PAUSE_MS = 500                   # after the last letter, a text counts as written


class Row(QWidget):
    """`control` shows what the choices hold; what the user does to it is set there at once, or refused in `line`."""

    def __init__(self, name: str, choices: Choices, control: QWidget, titled: bool = True) -> None:
        """titled: the control does not say its own name."""
        super().__init__()
        self.name, self.choices, self.control = name, choices, control
        self.by_user = Fact[()]()                # the user has changed it here
        about = DECLARED[name]
        self.label = QLabel(told(about.label))
        self.label.setBuddy(control)
        self.label.setVisible(titled)
        self.reset = SoftButton("", told(RESET).format(name=told(about.label)), "reset", flat=True)
        self.reset.clicked.connect(lambda: self.to_default())
        self.help = faint(told(about.help))
        self.line = QLabel()
        self.line.setWordWrap(True)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.hide()
        control.setAccessibleName(told(about.label))
        control.setAccessibleDescription(told(about.help))
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.label if titled else control, 1)
        head.addWidget(self.reset)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 12)
        whole.setSpacing(3)
        whole.addLayout(head)
        if titled:
            whole.addWidget(control)
        whole.addWidget(self.help)
        whole.addWidget(self.line)
        control.installEventFilter(self)

    def show_value(self, value: Value) -> None:
        """In the control, without setting it again."""
        raise NotImplementedError

    def refresh(self) -> None:
        value = self.choices.get(self.name)
        self.show_value(value)
        self._mark()

    def ask(self, value: Value) -> None:
        try:
            self.choices.set(self.name, value)
        except Trouble as trouble:
            self.refuse(str(trouble).removeprefix("settings: "))
            return
        self.refuse("")
        self._mark()
        self.by_user.emit()

    def refuse(self, line: str) -> None:
        """What is wrong with what stands in the control; "" for nothing."""
        self.line.setText(line)
        self.line.setVisible(bool(line))
        paint = self.line.palette()
        paint.setColor(QPalette.ColorRole.WindowText, "#c05a48")
        self.line.setPalette(paint)

    def to_default(self) -> None:
        try:
            self.choices.reset(self.name)
        except Trouble as trouble:
            self.refuse(str(trouble))
            return
        self.refuse("")
        self.refresh()
        self.by_user.emit()

    def _mark(self) -> None:
        """"Reset this" is there for what is not as it would be by itself; its place stays."""
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.reset.setVisible(self.choices.get(self.name) != self.choices.default(self.name))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QComboBox | QSlider):
            event.ignore()                       # the page scrolls; nothing is changed by the way
            return True
        return False


class ChoiceRow(Row):
    """One of a few; `offer` says which, where the table of texts does not."""

    def __init__(self, name: str, choices: Choices) -> None:
        self.box = QComboBox()
        self.box.setMinimumHeight(TALL)
        self.box.setMinimumContentsLength(8)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        super().__init__(name, choices, self.box)
        values, names = DECLARED[name].choices, DECLARED[name].names
        self.offer([(value, told(names.get(value, value))) for value in values])
        self.box.activated.connect(lambda index: self.ask(self.box.itemData(index)))

    def offer(self, pairs: Sequence[tuple[str, str]]) -> None:
        """pairs: value and what it is called. What is chosen now stays, also when it is not among them."""
        self.box.clear()
        for value, name in pairs:
            self.box.addItem(name, value)
        self.refresh()

    def show_value(self, value: Value) -> None:
        index = self.box.findData(value)
        if index < 0:
            self.box.addItem(told(DECLARED[self.name].names.get(str(value), str(value))), value)
            index = self.box.count() - 1
        self.box.setCurrentIndex(index)


class SlideRow(Row):
    """A number between two ends."""

    def __init__(self, name: str, choices: Choices) -> None:
        found = DECLARED[name]
        self.low, self.high, self.step = found.lo, found.hi, found.step
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round((self.high - self.low) / self.step))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.slider.setMinimumHeight(24)
        super().__init__(name, choices, self.slider)
        self.title = told(DECLARED[name].label)
        left, right = (told(end) for end in DECLARED[name].ends)
        ends = QHBoxLayout()
        ends.addWidget(faint(left))
        ends.addStretch(1)
        ends.addWidget(faint(right))
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertLayout(2, ends)
        self.refresh()
        self.slider.valueChanged.connect(self._moved)

    def show_value(self, value: Value) -> None:
        assert isinstance(value, int | float)
        self.slider.blockSignals(True)
        self.slider.setValue(round((float(value) - self.low) / self.step))
        self.slider.blockSignals(False)
        self._say(float(value))

    def _moved(self, at: int) -> None:
        value = round(self.low + at * self.step, 2)
        self.ask(value)
        self._say(value)

    def _say(self, value: float) -> None:
        self.label.setText(f"{self.title}: {value:.2f}".rstrip("0").rstrip("."))
        self.slider.setAccessibleName(self.label.text())


class FlagRow(Row):
    """Yes or no."""

    def __init__(self, name: str, choices: Choices) -> None:
        self.box = QCheckBox(told(DECLARED[name].label))
        self.box.setMinimumHeight(TALL)
        self.box.setStyleSheet(BOX)
        super().__init__(name, choices, self.box, titled=False)
        self.refresh()
        self.box.toggled.connect(self.ask)

    def show_value(self, value: Value) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(bool(value))
        self.box.blockSignals(False)


class TextRow(Row):
    """One line; it counts as written when it is left, or PAUSE_MS after the last letter."""

    def __init__(self, name: str, choices: Choices) -> None:
        self.edit = QLineEdit()
        self.edit.setMinimumHeight(TALL)
        self.edit.setStyleSheet(LINE)
        super().__init__(name, choices, self.edit)
        self.timer = pause(self, self.commit)
        self.refresh()
        self.edit.textEdited.connect(lambda: self.timer.start())
        self.edit.editingFinished.connect(self.commit)

    def show_value(self, value: Value) -> None:
        self.edit.setText(str(value))

    def commit(self) -> None:
        self.timer.stop()
        if self.edit.text().strip() != self.choices.get(self.name):
            self.ask(self.edit.text().strip())


class WordsRow(Row):
    """A text of several lines; a list of words, one on each."""

    def __init__(self, name: str, choices: Choices) -> None:
        self.edit = QPlainTextEdit()
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(110)
        super().__init__(name, choices, self.edit)
        self.timer = pause(self, self.commit)
        self.refresh()
        self.edit.textChanged.connect(lambda: self.timer.start())

    def show_value(self, value: Value) -> None:
        assert isinstance(value, tuple)
        self.edit.setPlainText("\n".join(value))
        self.timer.stop() if hasattr(self, "timer") else None

    def commit(self) -> None:
        self.timer.stop()
        words = tuple(line.strip() for line in self.edit.toPlainText().splitlines() if line.strip())
        if words != self.choices.get(self.name):
            self.ask(words)


class PersonaRow(Row):
    """One of those that are shipped, or the user's own sentences."""

    def __init__(self, name: str, choices: Choices) -> None:
        holder = QWidget()
        self.box, self.edit = QComboBox(), QPlainTextEdit()
        self.box.setMinimumHeight(TALL)
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(130)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.box, self.edit):
            column.addWidget(part)
        holder.setFocusProxy(self.box)
        super().__init__(name, choices, holder)
        for value in personas():
            self.box.addItem(told(DECLARED[name].names.get(value, value)), value)
        self.box.addItem(told(OWN_WORDS), None)
        self.box.setAccessibleName(told(DECLARED[name].label))
        self.edit.setAccessibleName(told(DECLARED[name].label))
        self.box.installEventFilter(self)
        self.timer = pause(self, self.commit)
        self.refresh()
        self.box.activated.connect(self._picked)
        self.edit.textChanged.connect(lambda: self.timer.start())

    def show_value(self, value: Value) -> None:
        index = self.box.findData(value)
        self.box.setCurrentIndex(index if index >= 0 else self.box.count() - 1)
        self._show_text(personas().get(str(value), str(value)))

    def commit(self) -> None:
        self.timer.stop()
        text = " ".join(self.edit.toPlainText().split())
        if self.box.currentData() is None and text and text != self.choices.get(self.name):
            self.ask(text)

    def _picked(self) -> None:
        if self.box.currentData() is not None:
            self.ask(self.box.currentData())
            self.refresh()
        else:                                    # to begin with, the sentences that were shown
            self._show_text(self.edit.toPlainText())
            self.edit.setFocus()

    def _show_text(self, text: str) -> None:
        self.edit.blockSignals(True)
        if self.edit.toPlainText() != text:
            self.edit.setPlainText(text)
        self.edit.setReadOnly(self.box.currentData() is not None)
        self.edit.blockSignals(False)


class KeyRow(Row):
    """A key or a combination of keys; nothing: none, by the field's button or by Backspace or Delete.

    Qt's field empties itself when a key goes down, also one that comes to nothing, as Ctrl alone: not the user's wish.
    """

    def __init__(self, name: str, choices: Choices) -> None:
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setClearButtonEnabled(True)
        clear = self.edit.findChild(QToolButton)
        if (line := self.edit.findChild(QLineEdit)) is not None:
            line.setMinimumHeight(TALL)
            line.setStyleSheet(LINE)
        super().__init__(name, choices, self.edit)
        self.refresh()
        self.edit.keySequenceChanged.connect(self._pressed)
        self.edit.editingFinished.connect(self.refresh)
        if clear is not None:
            clear.clicked.connect(lambda: self.ask(""))

    def _pressed(self, keys: QKeySequence) -> None:
        if text := keys.toString(QKeySequence.SequenceFormat.PortableText):
            self.ask("" if text in NO_KEY else text)

    def show_value(self, value: Value) -> None:
        self.edit.blockSignals(True)
        self.edit.setKeySequence(QKeySequence(str(value), QKeySequence.SequenceFormat.PortableText))
        self.edit.blockSignals(False)


def make_row(name: str, choices: Choices) -> Row:
    """The control that fits the setting's type."""
    found = DECLARED[name]
    if found.control == "key":
        return KeyRow(name, choices)
    if found.control == "persona":
        return PersonaRow(name, choices)
    if found.choices or found.control:           # a device or a voice: the page says which there are
        return ChoiceRow(name, choices)
    if isinstance(found.default, bool):
        return FlagRow(name, choices)
    if isinstance(found.default, float):
        return SlideRow(name, choices)
    return WordsRow(name, choices) if isinstance(found.default, tuple) else TextRow(name, choices)


def pause(parent: QWidget, then: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(PAUSE_MS)
    timer.timeout.connect(then)
    return timer


def faint(text: str = "") -> QLabel:
    """A line that explains, paler than the rest; hidden while it is empty."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setVisible(bool(text))
    return label
