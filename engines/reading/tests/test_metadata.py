"""What a picture says about its maker, moment and place does not leave; its pixels do, byte for byte."""

import io
import random
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from engines.reading import Limits, sandbox
from engines.reading.errors import FileCorrupt, ReadLimit, TypeMismatch
from engines.reading.metadata import without_metadata

FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF"}
SECRETS = (b"Appareil de Marie", b"2026:03:02", b"69002 Lyon", b"45.7601")


def photograph(kind: str, orientation: int = 6) -> bytes:
    """With a maker, a moment, a place in EXIF and in XMP, and an orientation."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0132], exif[0x0112] = "Appareil de Marie", "2026:03:02 09:30:00", orientation
    exif.get_ifd(0x8769)[0x9003] = "2026:03:02 09:30:00"
    exif.get_ifd(0x8825)[29] = "2026:03:02"
    exif.get_ifd(0x8825)[28] = b"69002 Lyon"
    how: dict[str, object] = {"exif": exif}
    if kind == "png":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", "69002 Lyon")
        how["pnginfo"] = texts
    if kind == "jpg":
        how |= {"comment": b"69002 Lyon", "xmp": b"<x>45.7601</x>"}
    if kind == "webp":
        how |= {"xmp": b"<x>45.7601</x>", "lossless": True}
    content = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(content, FORMATS[kind], **how)
    return content.getvalue()


def pixels(content: bytes) -> bytes:
    return Image.open(io.BytesIO(content)).tobytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_of_it_is_left_but_the_orientation_and_the_pixels(tmp_path: Path, kind: str) -> None:
    content = photograph(kind)
    assert SECRETS[0] in content
    assert SECRETS[1] in content
    path = tmp_path / "a"
    path.write_bytes(content)
    served = sandbox.without_metadata(path)
    assert not [secret for secret in SECRETS if secret in served]
    assert pixels(served) == pixels(content)
    left = Image.open(io.BytesIO(served)).getexif()
    assert 0x8825 not in left
    assert 0x8769 not in left
    if kind in {"jpg", "tif"}:
        assert left[0x0112] == 6


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_file_gives_the_same_copy_and_a_copy_gives_itself(kind: str) -> None:
    content = photograph(kind)
    once = without_metadata(content, Limits())
    assert once == without_metadata(content, Limits()) == without_metadata(once, Limits())


def test_all_pages_of_a_tiff_are_kept_and_blanked() -> None:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Marie l'artiste"
    pages = [Image.effect_noise((20, 20), 60) for _ in range(3)]
    pages[0].save(content, "TIFF", save_all=True, append_images=pages[1:], exif=exif)
    served = without_metadata(content.getvalue(), Limits())
    assert b"Marie" in content.getvalue()
    assert b"Marie" not in served
    with Image.open(io.BytesIO(served)) as picture:
        assert getattr(picture, "n_frames", 0) == 3
        for number, page in enumerate(pages):
            picture.seek(number)
            assert picture.tobytes() == page.tobytes()


def test_what_a_telephone_adds_behind_its_picture_goes_too() -> None:
    content = photograph("jpg", orientation=1) + b"\x00\x00ftypmp42 69002 Lyon"
    served = without_metadata(content, Limits())
    assert served.endswith(b"\xff\xd9")
    assert pixels(served) == pixels(content)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", FORMATS)
def test_random_bytes_give_a_picture_or_a_typed_error(tmp_path: Path, kind: str, seed: int) -> None:
    chance, content = random.Random(seed), bytearray(photograph(kind))
    for _ in range(20):
        content[chance.randrange(12, len(content))] = chance.randrange(256)
    with suppress(FileCorrupt, ReadLimit):
        assert without_metadata(bytes(content), Limits())


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"", b"GIF89a"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(TypeMismatch):
        sandbox.without_metadata(path)
