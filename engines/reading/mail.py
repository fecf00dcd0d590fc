"""Messages (EML) by Python's own parser: what they say, then each attachment by the reader of its kind.

The message is page 1; the pages of an attachment follow, the first under a heading with its name, so that a citation
says where it stands. Attachments of attachments are not read.
"""

from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Final, NamedTuple

from engines.reading import Limits, Page, Reader, Reading, Source, Span
from engines.reading.errors import FileCorrupt, PageMissing, ReadingError, TooMuchText
from engines.reading.hygiene import clean_title
from engines.reading.plain import decoded
from engines.reading.sniff import HEAD_BYTES, Kind, is_pdf, is_picture, sniff
from engines.reading.sources import size_of, whole
from engines.reading.web import decoded_html, write_html
from engines.reading.writing import Writing, one_line, tidy

MIME: Final = "message/rfc822"
_LARGEST_BYTES: Final = 200_000_000
_MOST_ATTACHMENTS: Final = 200
_DEEPEST: Final = 32
_NAMES: Final = (("From", "De"), ("To", "À"), ("Cc", "Cc"), ("Date", "Date"), ("Subject", "Objet"))


class MailReader:
    """`attachment_unread` counts attachments that nobody reads or that are broken: they do not fail the message."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises FileCorrupt, TooManyPages, TooMuchText, FileUnreadable."""
        message = opened_message(source)
        writing = Writing(limits)
        _write_message(message, writing)
        extra: list[str] = []
        for attachment in attachments(message):
            extra += _append(attachment, writing, limits)
        reading = writing.reading(MIME, _header(message, "Subject"))
        return replace(reading, warnings=(*reading.warnings, *extra))


class Attachment(NamedTuple):
    name: str
    content: bytes


def opened_message(source: Source) -> EmailMessage:
    """Parse a message. Raises FileCorrupt, TooMuchText, FileUnreadable."""
    if size_of(source) > _LARGEST_BYTES:
        raise TooMuchText(f"{size_of(source)} bytes")
    try:
        message = BytesParser(policy=policy.default).parsebytes(whole(source))
    except (MessageError, RecursionError, ValueError) as error:
        raise FileCorrupt(type(error).__name__) from error
    _check_depth(message)
    return message


def attachments(message: EmailMessage) -> Iterator[Attachment]:
    """The files that came with a message, in order, at most 200; forwarded messages among them, as EML."""
    found = 0
    for part in _leaves(message):
        name = one_line(part.get_filename() or "")
        if part.get_content_type() == MIME:
            content = _forwarded(part)
            name = name or "message.eml"
        elif name:
            content = _payload(part)
        else:
            continue
        found += 1
        if found > _MOST_ATTACHMENTS:
            return
        yield Attachment(clean_title(name) or "attachment", content)


def pages_of(attachment: Attachment, limits: Limits) -> Reading:
    """Read an attachment by its own reader. Raises ReadingError."""
    kind = sniff(attachment.content[:HEAD_BYTES], attachment.name)
    if kind.mime == MIME:
        return _only_message(attachment.content, limits)
    return reader_of(kind).read(attachment.content, limits)


def attached_page(source: Source, page: int, limits: Limits) -> tuple[bytes, int]:
    """The PDF or picture that holds a page of a message, and the number of that page in it. Raises PageMissing."""
    before = 1  # the message itself
    for attachment in attachments(opened_message(source)):
        try:
            count = len(pages_of(attachment, limits).pages)
        except ReadingError:
            count = 1  # its name stands for it
        if before < page <= before + count:
            first = attachment.content[:HEAD_BYTES]
            if not is_picture(first) and not is_pdf(first):
                break
            return attachment.content, page - before
        before += count
    raise PageMissing(f"page {page} of a message cannot be drawn")


def reader_of(kind: Kind) -> Reader:
    module, _, name = kind.reader.partition(":")
    reader: Reader = getattr(import_module(module), name)()
    return reader


def _only_message(content: bytes, limits: Limits) -> Reading:
    writing = Writing(limits)
    message = opened_message(content)
    writing.warn("attachment_unread", sum(1 for _ in attachments(message)))
    _write_message(message, writing)
    return writing.reading(MIME, _header(message, "Subject"))


def _check_depth(message: EmailMessage) -> None:
    level: list[EmailMessage] = [message]
    for _ in range(_DEEPEST):
        level = [part for outer in level if outer.is_multipart() for part in _parts(outer)]
        if not level:
            return
    raise FileCorrupt(f"parts nested more than {_DEEPEST} deep")


def _parts(message: EmailMessage) -> list[EmailMessage]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, EmailMessage)] if isinstance(payload, list) else []


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Parts that hold something, a forwarded message being one."""
    for part in _parts(message):
        if part.is_multipart() and part.get_content_type() != MIME:
            yield from _leaves(part)
        else:
            yield part


def _forwarded(part: EmailMessage) -> bytes:
    inner = _parts(part)
    return inner[0].as_bytes() if inner else _payload(part)


def _payload(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except (MessageError, ValueError, IndexError, AttributeError):  # what a broken header does to the parser
        return ""


def _write_message(message: EmailMessage, writing: Writing) -> None:
    subject = _header(message, "Subject")
    lines = [f"# {subject}", ""] if subject else []
    for name, shown in _NAMES:
        value = _date(message) if name == "Date" else _header(message, name)
        lines += [f"{shown}: {value}"] if value else []
    headers = "\n".join(lines)
    plain, page = _body(message, "plain"), _body(message, "html")
    if plain is not None and (text := tidy(_text(plain))):
        writing.add("\n\n".join(filter(None, (headers, text))))
    elif page is not None:
        write_html(_text(page), writing, before=headers)
    else:
        writing.add(headers)


def _body(message: EmailMessage, kind: str) -> EmailMessage | None:
    found = message.get_body(preferencelist=(kind,))
    return found if isinstance(found, EmailMessage) else None


def _text(part: EmailMessage) -> str:
    content, charset = _payload(part), part.get_content_charset()
    try:
        return content.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decoded_html(content) if part.get_content_subtype() == "html" else decoded(content)


def _date(message: EmailMessage) -> str:
    said = _header(message, "Date")
    try:
        return parsedate_to_datetime(said).strftime("%d/%m/%Y %H:%M") if said else ""
    except (ValueError, TypeError, IndexError, OverflowError):
        return said


def _append(attachment: Attachment, writing: Writing, limits: Limits) -> list[str]:
    """Add an attachment's pages; returns its warnings, numbered as in the whole."""
    before = writing.number - 1
    try:
        reading = pages_of(attachment, replace(limits, max_pages=max(0, limits.max_pages - before)))
    except ReadingError as error:
        if not error.permanent:
            raise
        writing.warn("attachment_unread")
        writing.add(f"# {attachment.name}")
        return []
    for page in reading.pages:
        writing.warn("pictures_unread", len(page.pictures))
        writing.keep(_moved(page, before, f"# {attachment.name}\n\n" if page.number == 1 else ""))
    return [_shifted(warning, before) for warning in reading.warnings]


def _moved(page: Page, by: int, heading: str) -> Page:
    shift = len(heading)
    spans = tuple(Span(s.start + shift, s.end + shift, s.x0, s.y0, s.x1, s.y1) for s in page.spans)
    return replace(page, number=page.number + by, text=heading + page.text, spans=spans, pictures=())


def _shifted(warning: str, by: int) -> str:
    code, number, *count = warning.split(":")
    return ":".join((code, str(int(number) + by), *count))
