"""PDFs made for the tests: honest ones by reportlab, hostile ones byte by byte."""

import io
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

HEIGHT = A4[1]
VERA = "Vera"


def drawn(path: Path, *pages: Callable[[Canvas], None], size: tuple[float, float] = A4, title: str = "") -> Path:
    """A PDF whose pages are drawn one by one; coordinates are from the bottom left, in points."""
    pdfmetrics.registerFont(TTFont(VERA, str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))
    canvas = Canvas(str(path), pagesize=size)
    canvas.setTitle(title)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return path


def text_at(*placed: tuple[float, float, str], font: str = "Helvetica", size: float = 12) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for x, y, text in placed:
            canvas.drawString(x, y, text)

    return draw


def assembled(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of these objects, numbered from 1, with a right cross-reference table."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(b"trailer <</Size %d %b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start))
    return out.getvalue()


def one_page(
    content: bytes = b"",
    *,
    media_box: str = "0 0 595 842",
    stream_keys: bytes = b"",
    page_keys: bytes = b"",
    more: Sequence[bytes] = (),
) -> bytes:
    """One page with Helvetica as /F1; `more` objects are numbered from 6."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%b>>>>"
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page % (media_box.encode(), page_keys),
            stream(content, stream_keys),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            *more,
        ]
    )


def spelled(text: bytes, meaning: Mapping[str, str]) -> bytes:
    """One page that draws `text` in Helvetica, whose font says that some letters mean other characters."""
    pairs = "\n".join(f"<{ord(letter):02x}> <{means.encode('utf-16-be').hex()}>" for letter, means in meaning.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapName /X def /CMapType 2 def "
        "1 begincodespacerange <00> <ff> endcodespacerange "
        f"{len(meaning)} beginbfchar\n{pairs}\nendbfchar endcmap end"
    )
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            stream(b"BT /F1 12 Tf 50 700 Td (%b) Tj ET" % text),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
            stream(cmap.encode()),
        ]
    )


def stream(content: bytes, keys: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(content), keys, content)


def deflated_twice(pattern: bytes, gigabytes: float) -> bytes:
    """Gigabytes of a repeated pattern in a few kilobytes: deflate's best is 1 to 1000, so it takes two."""
    piece = pattern * ((1 << 20) // len(pattern))
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(piece) + deflate.flush(zlib.Z_FULL_FLUSH)  # stands alone, so it can be repeated
    return zlib.compress(b"\x78\xda" + block * int(gigabytes * 1024) + deflate.flush(), 9)


def flate_bomb() -> bytes:
    """2.4 KB or so that become 2 GB of drawing operators."""
    return one_page(deflated_twice(b"0 0 m 9 9 l S\n", 2), stream_keys=b"/Filter[/FlateDecode/FlateDecode]")


def text_bomb() -> bytes:
    """A few kilobytes that become 200 MB of operators, each writing text."""
    content = deflated_twice(b"BT /F1 9 Tf 9 9 Td (abcdefgh ijklmnop) Tj ET\n", 0.2)
    return one_page(content, stream_keys=b"/Filter[/FlateDecode/FlateDecode]")


def form_laughs(levels: int = 12, times: int = 10) -> bytes:
    """Each form draws the next ten times: 10 ** 12 texts at the end."""
    forms = []
    for level in range(levels):
        name = b"/XObject<</N %d 0 R>>" % (7 + level)
        last = level == levels - 1
        content = b"BT /F1 9 Tf 50 50 Td (ha) Tj ET" if last else b"/N Do " * times
        keys = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>%b>>"
        forms.append(stream(content, keys % (b"" if last else name)))
    return one_page(b"/N Do " * times, page_keys=b"/XObject<</N 6 0 R>>", more=forms)


def pages_loop() -> bytes:
    """A pages tree whose node is its own child."""
    return assembled([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 4/Parent 2 0 R>>"])


def deep_array(levels: int = 200_000) -> bytes:
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R/Deep " + b"[" * levels + b"]" * levels + b">>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        ]
    )


def deep_pages(levels: int = 50_000) -> bytes:
    """A pages tree as deep as a well, with one page at the bottom."""
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 3) for number in range(levels)]
    return assembled([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, b"<</Type/Page/MediaBox[0 0 9 9]>>"])


def many_pages(count: int) -> bytes:
    """One page object, listed `count` times: a small file."""
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%b]/Count %d>>" % (b"3 0 R " * count, count),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        ]
    )


def image_bomb() -> bytes:
    """An image that says it is 60000 x 60000 pixels, all white."""
    keys = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    image = stream(deflated_twice(b"\xff", 2), keys + b"/Filter[/FlateDecode/FlateDecode]")
    return one_page(b"q 500 0 0 500 20 20 cm /I Do Q", page_keys=b"/XObject<</I 6 0 R>>", more=[image])


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "flate": flate_bomb,
    "text": text_bomb,
    "forms": form_laughs,
    "pages loop": pages_loop,
    "deep array": deep_array,
    "deep pages": deep_pages,
    "image": image_bomb,
}
