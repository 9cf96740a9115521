"""Live captions: a `Transcript` drawn into one text document, a block a turn, once a paint."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from app.window.theme import BAR, ME, YOU, blend
from app.window.transcript import Mark, Transcript, Turn

LINE_END = "\u2028"              # a new line inside a block
COLUMN = 760                     # a caption line gets no wider than this, however wide the window
EDGE = 16


class Captions(QTextEdit):
    """Read-only; the text can be selected and copied. Stays at the end unless the reader has scrolled up."""

    def __init__(self, transcript: Transcript, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.transcript = transcript
        self._shown: list[Turn] = []
        self._looks = self._make_looks()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setStyleSheet(BAR)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse
                                     | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.setTabChangesFocus(True)
        self.setAccessibleName(self.tr("Captions of the conversation"))
        self.setCursorWidth(0)                       # there is nothing to insert
        shape = self.document().rootFrame().frameFormat()
        shape.setTopMargin(14)
        self.document().rootFrame().setFrameFormat(shape)

    def flush(self) -> None:
        """Draws what has changed since the last call; costs nothing when nothing has."""
        if not self.transcript.changed and len(self._shown) == len(self.transcript.turns):
            return
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        self._drop_gone(cursor)
        for turn in self.transcript.changed:
            if (place := self._place(turn)) >= 0:
                self._write(cursor, place, turn)
        for turn in self.transcript.turns[len(self._shown):]:
            if self._shown:
                cursor.movePosition(QTextCursor.MoveOperation.End)
                cursor.insertBlock()
            self._shown.append(turn)
            self._write(cursor, len(self._shown) - 1, turn)
        cursor.endEditBlock()
        self.transcript.changed.clear()
        if at_end:
            bar.setValue(bar.maximum())

    def redraw(self) -> None:
        """Draws everything again: the colours or the fonts have changed."""
        self._looks = self._make_looks()
        self.transcript.changed = list(self.transcript.turns)
        self.flush()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_looks"):
            self.redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._shown:
            with QPainter(self.viewport()) as painter:
                painter.setPen(self._looks[Mark.PARTIAL].foreground().color())
                area = self.viewport().rect().adjusted(EDGE, 0, -EDGE, 0)
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                                 self.tr("What you say and what Parley says appears here."))

    def resizeEvent(self, event: QResizeEvent) -> None:
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        root = self.document().rootFrame()
        shape = root.frameFormat()
        side = max(EDGE, (self.width() - COLUMN) // 2)
        shape.setLeftMargin(side)
        shape.setRightMargin(side - (self.width() - self.viewport().width()))     # the scroll bar is in the margin
        root.setFrameFormat(shape)
        super().resizeEvent(event)
        if at_end:
            bar.setValue(bar.maximum())

    def _place(self, turn: Turn) -> int:
        return next((i for i, other in enumerate(self._shown) if other is turn), -1)

    def _drop_gone(self, cursor: QTextCursor) -> None:
        """Takes out the blocks of turns that the transcript no longer has."""
        kept = {id(turn) for turn in self.transcript.turns}
        for place in reversed(range(len(self._shown))):
            if id(self._shown[place]) in kept:
                continue
            del self._shown[place]
            block = self.document().findBlockByNumber(place)
            cursor.setPosition(block.position())
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            if place:
                cursor.deletePreviousChar()
            elif self._shown:
                cursor.deleteChar()

    def _write(self, cursor: QTextCursor, place: int, turn: Turn) -> None:
        block = self.document().findBlockByNumber(place)
        cursor.setPosition(block.position())
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        shape = QTextBlockFormat()
        shape.setBottomMargin(14 if turn.who else 10)
        shape.setLineHeight(118, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(shape)
        for text, mark in turn.spans():
            cursor.insertText(text + (LINE_END if mark is Mark.NAME else ""), self._look(mark, turn))

    def _look(self, mark: Mark, turn: Turn) -> QTextCharFormat:
        look = self._looks[mark]
        if mark is Mark.NAME:
            look = QTextCharFormat(look)
            ink = self.palette().color(QPalette.ColorRole.Text)
            look.setForeground(blend(QColor(ME if turn.reply else YOU), ink, 0.75))
        return look

    def _make_looks(self) -> dict[Mark, QTextCharFormat]:
        size = self.font().pointSizeF()
        ink = self.palette().color(QPalette.ColorRole.Text)
        paper = self.palette().color(QPalette.ColorRole.Base)
        looks = {}
        for mark, share, scale in (
            (Mark.NAME, 1.0, 0.95), (Mark.PARTIAL, 0.55, 1.2), (Mark.SAID, 1.0, 1.2), (Mark.HEARD, 1.0, 1.2),
            (Mark.AHEAD, 0.55, 1.2), (Mark.LOST, 0.55, 1.2), (Mark.ASIDE, 0.65, 0.95),
        ):
            look = QTextCharFormat()
            look.setForeground(blend(ink, paper, share))
            look.setFontPointSize(size * scale)
            look.setFontStrikeOut(mark is Mark.LOST)
            look.setFontItalic(mark is Mark.ASIDE)
            if mark is Mark.NAME:
                look.setFontWeight(QFont.Weight.DemiBold)
            looks[mark] = look
        return looks
