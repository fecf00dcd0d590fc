"""Web pages: what a browser would show."""

from contextlib import suppress
from pathlib import Path

import pytest

from engines.reading import Limits, Reading
from engines.reading.errors import FileCorrupt, TooMuchText
from engines.reading.web import WebReader

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Règlement</title></head><body>
<h1>Piscine</h1><p>Ouverte de <b>8 h</b> à 20 h.<br>Fermée le lundi.</p><ul><li>serviette</li><li>bonnet</li></ul>
%s</body></html>"""


def read(tmp_path: Path, page: str | bytes, limits: Limits | None = None) -> Reading:
    path = tmp_path / "a.html"
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    return WebReader().read(path, limits or Limits())


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">secret</p>',
        '<p style="DISPLAY : none !important">secret</p>',
        "<p hidden>secret</p>",
        '<p style="visibility:hidden">secret</p>',
        '<p style="opacity:0">secret</p>',
        '<p style="font-size:0">secret</p>',
        '<p style="font-size: 1px">secret</p>',
        '<p style="color:#fff">secret</p>',
        '<p style="color: rgb(255, 255, 255)">secret</p>',
        '<p style="color:#123456;background:#123456">secret</p>',
        '<div style="background-color:navy;background-color:#000"><p style="color:black">secret</p></div>',
        '<font color="white">secret</font>',
        '<p style="position:absolute;left:-9999px">secret</p>',
        '<p style="text-indent:-5000px">secret</p>',
        '<style>.x, #other {display:none}</style><p class="x">secret</p>',
        "<style>p.y{color:white}</style><p class='z y'>secret</p>",
        "<div style='display:none'><div><table><tr><td>secret</td><td>b</td></tr></table></div></div>",
        "<table><tr><td>a</td><td>b</td></tr><tr style='display:none'><td>secret</td><td>d</td></tr></table>",
    ],
)
def test_what_a_browser_does_not_show_is_removed_and_counted(tmp_path: Path, hidden: str) -> None:
    reading = read(tmp_path, PAGE % hidden)
    assert "secret" not in reading.pages[0].text
    assert reading.warnings == ("hidden_text:1:1",)


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="background:#003366"><p style="color:white">shown</p></div>',
        '<td bgcolor="#000000"><font color="white">shown</font></td>',
        '<p style="color:white;background:url(x.png)">shown</p>',
        '<p style="opacity:0.9;font-size:10px">shown</p>',
        '<p style="display:block;color:#333">shown</p>',
        '<style>.x{display:none}</style><p class="y">shown</p>',
    ],
)
def test_what_a_browser_shows_stays(tmp_path: Path, shown: str) -> None:
    reading = read(tmp_path, PAGE % shown)
    assert "shown" in reading.pages[0].text
    assert reading.warnings == ()


def test_scripts_styles_comments_and_templates_are_no_text(tmp_path: Path) -> None:
    noise = "<script>bad()</script><style>bad{}</style><!-- bad --><template>bad</template><svg><text>bad</text></svg>"
    reading = read(tmp_path, PAGE % noise)
    assert "bad" not in reading.pages[0].text
    assert reading.warnings == ()


def test_headings_lists_lines_and_title_are_kept(tmp_path: Path) -> None:
    reading = read(tmp_path, PAGE % "")
    assert reading.title == "Règlement"
    assert reading.pages[0].text == "# Piscine\n\nOuverte de 8 h à 20 h.\nFermée le lundi.\n\n- serviette\n\n- bonnet"


def test_a_table_names_its_columns_and_one_that_lays_out_a_page_does_not(tmp_path: Path) -> None:
    rows = "<thead><tr><th>Nuit</th><th>2026</th></tr></thead><tbody><tr><td>mai</td><td>80 €</td></tr></tbody>"
    text = read(tmp_path, f"<table>{rows}</table>").pages[0].text
    assert text == "Nuit: mai | 2026: 80 €"
    layout = f"<table><tr><td>gauche</td><td><table>{rows}</table></td></tr></table>"
    assert read(tmp_path, layout).pages[0].text == "gauche\n\nNuit: mai | 2026: 80 €"


def test_a_picture_says_what_its_author_wrote_or_is_counted(tmp_path: Path) -> None:
    page = '<img src="http://x/1.png" alt="plan du quai"><img src="2.png"><img width="1" height="1" src="pixel">'
    reading = read(tmp_path, page)
    assert reading.pages[0].text == "plan du quai"
    assert reading.warnings == ("pictures_unread:1:1",)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "iso8859-15", "utf-16"])
def test_the_encoding_is_the_one_that_is_said_or_the_likeliest(tmp_path: Path, encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body>été à l’œuvre</body></html>'.replace("’", "'")
    assert read(tmp_path, page.encode(encoding)).pages[0].text == "été à l'œuvre"


def test_entities_stay_what_a_browser_makes_of_them_and_nothing_is_fetched(tmp_path: Path) -> None:
    page = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&eacute;t&eacute; &x;</p>'
    text = read(tmp_path, page).pages[0].text
    assert "été" in text
    assert "root:" not in text


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "ul><li"])
def test_a_page_nested_without_end_is_cut_or_refused(tmp_path: Path, tag: str) -> None:
    with suppress(FileCorrupt):
        assert len(read(tmp_path, f"<p>haut</p>{f'<{tag}>' * 50_000}fond").pages) == 1


def test_a_page_larger_than_allowed_is_refused_and_an_empty_one_is_empty(tmp_path: Path) -> None:
    with pytest.raises(TooMuchText):
        read(tmp_path, "<p>" + "a" * 500, Limits(max_characters=100))
    with pytest.raises(FileCorrupt):
        read(tmp_path, b"<p>\x00\x01\x02")
    assert [page.text for page in read(tmp_path, "<!-- rien -->").pages] == [""]
