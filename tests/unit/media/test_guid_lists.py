"""Lists of GUIDs in CSV: every way in accepts and refuses the same text, with line numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from chowda.errors import BadUserInput
from chowda.guid_rule import GuidRule
from chowda.media.guid_parsing import guids_in
from chowda.media.import_rows import Defaults, RowFormat, format_of, read_rows
from chowda.pipelines.clams_kitchen import read_batch

INTAKE = Path(__file__).parents[4] / "shared" / "data" / "intake"
DEFAULTS = Defaults(GuidRule.parse("aapb"), location="file:///m/{guid}.mp4")


def imported(text: str) -> list[str]:
    return import_bytes(text.encode("utf-8", "surrogatepass"))


def import_bytes(data: bytes) -> list[str]:
    """The GUIDs of an import. Raises BadUserInput with the reasons of all bad rows."""
    rows = list(read_rows(io.BytesIO(data), format_of(data[:4096]), DEFAULTS))
    bad = [f"Line {row.line}: {row.reason}" for row in rows if hasattr(row, "reason")]
    if bad:
        raise BadUserInput(" ".join(bad))
    return [row.guid for row in rows if row.guid]


WAYS: dict[str, Callable[[str], list[str]]] = {
    "import": imported,
    "GUID list": lambda text: list(guids_in(text).guids),
    "batch definition": lambda text: list(read_batch(text).guids),
}
every_way = pytest.mark.parametrize("read", WAYS.values(), ids=WAYS)


@every_way
@pytest.mark.parametrize(
    "text",
    [
        "asset_id,title\na-1,x\nb-2,y\n",
        "asset_id,title\ra-1,x\rb-2,y\r",
        "asset_id,title\r\na-1,x\r\n\r\n , \r\nb-2,y",
        "\ufeff\ufeffasset_id,title\na-1,x\nb-2,y\n",
        '\ufeff\ufeff"asset_id","title"\na-1,x\nb-2,y\n',
        "sep=;\r\nasset_id;title\r\na-1;x\r\nb-2;y\r\n",
        '"sep=;"\nasset_id;title\na-1;x\nb-2;y\n',
        "SEP=\t\nasset_id\ttitle\na-1\tx\nb-2\ty\n",
        "sep=|\nasset_id|title\na-1|x\nb-2|y\n",
        '"asset\nid",title\na-1,x\nb-2,y\n',
        '"asset\r\nid","a;b"\r\na-1,x\r\nb-2,y\r\n',
        "asset_id\u200b,title\na-1\u200b,x\n\u2060b-2\ufeff,y\n",
        "\u200easset_id,title\n\u00a0a-1\u200f,x\nb-2,y\n",
        'asset_id,title\n="a-1",x\n"=""b-2""",y\n',
        "asset_id,title\n\u201ca-1\u201d,x\n\u2018b-2\u2019,y\n",
        "asset_id,title\n\u201ea-1\u201c,x\n\u00abb-2\u00bb,y\n",
        "asset_id\na-1\nb-2\n",
        f"asset_id,{'x' * 90_000}\na-1,x\nb-2,y\n",
    ],
)
def test_what_spreadsheets_write_around_a_guid_is_removed(
    read: Callable[[str], list[str]], text: str
) -> None:
    assert read(text) == ["a-1", "b-2"]


@every_way
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('asset_id,title\na-1,"Evening news\nb-2,x\nc-3,y\n', "opened in lines 2 to 4 is never closed"),
        ('asset_id,title\na-1,x\nb-2,"', "opened in line 3 is never closed"),
        ('asset_id,title\n"a-1"b,x\n', "follows a closing double quote in line 2"),
        ('asset_id,"title\na-1,x\n', "opened in lines 1 to 2 is never closed"),
        ("asset_id,title\na-1,x\n,y\n", "Line 3: The row has no GUID"),
        ("asset_id,title\n\na-1,x\n\u200b,y\n", "Line 4: The row has no GUID"),
        ('asset_id,title\n="",y\n', "Line 2: The row has no GUID"),
        ("asset_id,title\na-1,x,y\n", "Line 2: The row has 3 columns, but the header has 2"),
        (f"asset_id,title\na-1,{'x' * 100_001}\n", "line 2 has more than 100,000 characters"),
        (f"asset_id,{'x' * 150_000}\na-1,x\n", "line 1 has more than 100,000 characters"),
        (f"asset_id,title{'x,' * 2_200_000}\na-1,x\n", "Line 1 has more than 4,194,304 characters"),
        ("asset_id,title\na\u200b-1,x\n", "U+200B ZERO WIDTH SPACE"),
        ("asset_id,title\na\u00ad-1,x\n", "U+00AD SOFT HYPHEN"),
        ("asset_id,title\na\u202e-1,x\n", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("asset_id,title\na\u3164-1,x\n", "U+3164 HANGUL FILLER"),
        ("asset_id,ti\u200btle\na-1,x\n", "Line 1: the column name contains the invisible character U+200B"),
        ("asset_id,title\na\u20111,x\n", "Line 2: The GUID contains U+2011 NON-BREAKING HYPHEN"),
        ("asset_id,title\na\u22121,x\n", "U+2212 MINUS SIGN"),
        ("asset_id,title\na\u00a01,x\n", "U+00A0 NO-BREAK SPACE"),
        ("asset_id,title\n#VALUE!,x\n", "Line 2: The GUID is the spreadsheet error '#VALUE!'"),
        ("asset_id,title\n#N/A,x\n", "'#N/A'"),
        ("asset_id,title\n#REF!,x\n", "'#REF!'"),
        ("asset_id,title\n#DIV/0!,x\n", "'#DIV/0!'"),
        ("asset_id,title\n########,x\n", "'########'"),
        (
            "asset_id,title\n1.23E+15,x\n",
            "Line 2: The GUID '1.23E+15' is a number that a spreadsheet has rounded",
        ),
        ('asset_id,title\n"1,23E+15",x\n', "rounded"),
        ("asset_id,title\n5E+12,x\n", "rounded"),
    ],
)
def test_what_is_not_a_guid_is_refused_with_its_line(
    read: Callable[[str], list[str]], text: str, reason: str
) -> None:
    with pytest.raises(BadUserInput) as caught:
        read(text)
    assert reason.removeprefix("Line 2: The GUID ") in caught.value.message.replace("guid ", "GUID ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_with_a_byte_order_mark_are_read(encoding: str, end: str) -> None:
    assert import_bytes(end.join(["guid\tlocation", "u-1\tfile:///m/ä.mp4", ""]).encode(encoding)) == ["u-1"]
    big_endian = b"\xfe\xff" + '{"guid": "u-1"}\n'.encode("utf-16-be")
    assert format_of(big_endian) is RowFormat.JSONL
    assert import_bytes(big_endian) == ["u-1"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("guid\na".encode("utf-16-le"), "NUL characters. Save the file as UTF-8"),
        ("guid\na".encode("utf-16")[:-1], "not valid UTF-16"),
        (b"\xff\xfe\x00\xd8", "not valid UTF-16"),
        (b"gu\xefd\na\n", "Line 1: The text is not UTF-8: it contains the bytes ef"),
        (b"", "is empty"),
        (b"\xff\xfe", "is empty"),
    ],
)
def test_file_that_cannot_be_decoded_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        import_bytes(data)
    assert reason in caught.value.message


def test_long_line_of_guids_is_a_block() -> None:
    guids = [f"cpb-aacip-{number:06}" for number in range(10_000)]
    assert list(guids_in(",".join(guids)).guids) == guids


def test_guid_in_a_block_that_is_an_error_is_refused_with_its_line() -> None:
    with pytest.raises(BadUserInput, match=r"Line 2: The GUID is the spreadsheet error '#N/A'"):
        guids_in("a-1\n#N/A b-2\n")


def test_joiners_are_allowed_in_names_and_paths() -> None:
    emoji, persian = "\U0001f468\u200d\U0001f469", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert imported(f"guid,location,collection\na,/m/{emoji}.mp4,{persian}\n") == ["a"]


@pytest.mark.parametrize(
    ("header", "ignored"),
    [
        (
            "guid,location,typ,duration_secs",
            ["typ: did you mean type?", "duration_secs: did you mean duration_seconds?"],
        ),
        ("guid,loction,title", ["loction: did you mean location?", "title"]),
        ("guid,mimetyp,chksum", ["mimetyp: did you mean mime?", "chksum: did you mean checksum?"]),
        ("GUID,Asset name,notes", ["Asset name", "notes"]),
        ("guid,location,,", []),
    ],
)
def test_unknown_columns_are_named_with_a_suggestion(header: str, ignored: list[str]) -> None:
    rows = read_rows(io.BytesIO(f"{header}\n".encode()), RowFormat.CSV, DEFAULTS)
    assert list(rows) == []
    assert rows.ignored_columns == ignored


def test_unknown_json_keys_are_named_once() -> None:
    data = b'{"guid": "a", "titel": 1, "documents": [{"loc": "/a.mp4"}]}\n{"guid": "b", "titel": 2}\n'
    rows = read_rows(io.BytesIO(data), RowFormat.JSONL, DEFAULTS)
    assert len(list(rows)) == 2
    assert rows.ignored_columns == ["titel", "loc: did you mean location?"]


INTAKE_FILES: dict[str, list[str] | str] = {
    "lone-quote.csv": "opened in lines 2 to 4 is never closed",
    "mac-cr.csv": ["cpb-aacip-507-0r9m32nr3f", "cpb-aacip-225-93gxdbd6"],
    "double-bom.csv": ["MY-ID-1"],
    "sep-line.csv": ["sep-1"],
    "utf16-excel-unicode-text.csv": ["u16-1"],
}


@pytest.mark.parametrize("name", INTAKE_FILES)
def test_intake_files(name: str) -> None:
    path = INTAKE / name
    if not path.exists():
        pytest.skip(f"{name} is not in ../shared/data/intake")
    expected = INTAKE_FILES[name]
    if isinstance(expected, list):
        assert import_bytes(path.read_bytes()) == expected
        return
    with pytest.raises(BadUserInput, match=expected):
        import_bytes(path.read_bytes())


def test_spellings_of_the_american_archive_are_one_guid_in_an_import() -> None:
    spellings = ("cpb-aacip-507-x", "cpb-aacip/507-x", "cpb-aacip_507-x", "cpb/aacip/507-x")
    assert set(imported("\n".join(["guid", *spellings]))) == {"cpb-aacip-507-x"}
    assert set(imported("guid\ncaf\u00e9\ncafe\u0301\n")) == {"caf\u00e9"}
