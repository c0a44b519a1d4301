"""Reading media files from CSV and JSON Lines, and GUIDs from pasted text."""

from __future__ import annotations

import io

import pytest

from chowda.enums import DocumentType
from chowda.errors import BadUserInput
from chowda.guid_rule import GuidRule
from chowda.media.delimited_text import BadRow
from chowda.media.files import NewDocument
from chowda.media.guid_parsing import GuidTextFormat, guids_in
from chowda.media.import_rows import Defaults, MediaRow, RowFormat, format_of, read_rows

RULE = GuidRule.parse("aapb")


def rows(data: bytes | str, form: RowFormat = RowFormat.CSV, **defaults: object) -> list[MediaRow | BadRow]:
    raw = data if isinstance(data, bytes) else data.encode()
    return list(read_rows(io.BytesIO(raw), form, Defaults(RULE, **defaults)))  # type: ignore[arg-type]


def reasons(found: list[MediaRow | BadRow]) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in found if isinstance(row, BadRow)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_row_is_read_with_every_separator_and_line_end(separator: str, end: str) -> None:
    header = ["Collection", "CHECKSUM", "Duration Seconds", "size-bytes", "Mime", "type", "LOCATION", "Guid"]
    row = ["spring", f"MD5:{'A' * 32}", "12.5", "7", "video/mp4", "video", "file:///a.mp4", " one "]
    text = "\ufeff" + end.join([separator.join(header), separator.join(row), ""])
    document = NewDocument(DocumentType.VIDEO, "file:///a.mp4", "video/mp4", 12.5, 7, f"md5:{'a' * 32}")
    assert rows(text) == [MediaRow(2, "one", document, ("spring",))]


def test_missing_cells_are_derived_or_use_defaults() -> None:
    text = "location,mime\n/m/cpb-aacip-1a.mp4,\nhttps://x/cpb-aacip-2b.mp3,\nbaapb://x/cpb-aacip-3c.mp4,audio/x\n"
    found = [(row.guid, row.document.type.value) for row in rows(text) if isinstance(row, MediaRow)]
    assert found == [("cpb-aacip-1a", "VIDEO"), ("cpb-aacip-2b", "AUDIO"), ("cpb-aacip-3c", "AUDIO")]
    [row] = rows("asset_id\nx\n", location="baapb://{guid}.video", collections=("all",))
    assert row == MediaRow(2, "x", NewDocument(DocumentType.VIDEO, "baapb://x.video"), ("all",))


def test_bad_rows_have_the_line_on_which_they_begin() -> None:
    text = (
        'guid,location,type,mime,size,duration,checksum\na,"file:///1\n.mp4",,,,,\nb,rel.mp4,,,,,\n\n'
        "c,file:///c,,,,,\nd,file:///d.mp4,FILM,,,,\ne,file:///e.mp4,,,1.5,,\nf,file:///f.mp4,,,,long,\n"
        "g,file:///g.mp4,,,,,sha256:1234567890\n,file:///h.mp4,,,,,\ni,,,,,,\nj,file:///j.mp4,,,,0,\nk,file:///k.mp4,,,,,,x\n"
        'l,"file:///l"x,,,,,\nok,file:///ok.mp4,,,,,\n"never\n'
    )
    found = rows(text)
    assert [row.guid for row in found if isinstance(row, MediaRow)] == ["ok"]
    assert [line for line, _ in reasons(found)] == [2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17]
    reason_by_line = dict(reasons(found))
    for line, part in {
        2: r"character '\n'",
        4: "'rel.mp4', neither a URI",
        6: "no type",
        7: "'FILM' is none of VIDEO, AUDIO, TEXT, IMAGE",
        8: "'1.5'",
        9: "'long'",
        10: "64 digits",
        11: "finds none in 'file:///h.mp4'",
        12: "no location",
        13: "0.0 s",
        14: "8 columns, but the header has 7",
        15: "follows a closing double quote in line 15",
        17: "never closed",
    }.items():
        assert part in reason_by_line[line], (line, reason_by_line[line])


def test_lines_that_are_not_utf8_are_bad_and_the_others_are_read() -> None:
    data = b"guid,location\nm\xe9,file:///a.mp4\nok,file:///b.mp4\n"
    found = rows(data)
    assert reasons(found)[0][0] == 2
    assert "e9" in reasons(found)[0][1]
    assert isinstance(found[1], MediaRow)
    [bad] = rows(b'{"guid": "m\xe9"}\n', RowFormat.JSONL)
    assert isinstance(bad, BadRow)
    assert "e9" in bad.reason


def test_json_line_with_several_documents_and_collections() -> None:
    text = (
        '{"guid": "a", "documents": [{"location": "/a.mp4", "durationSeconds": 3, "sizeBytes": 9}, '
        '{"location": "/a.txt"}], "collections": ["x", "y"]}\n\n{"asset_id": "b", "location": "/b.mp3"}\n'
    )
    found = rows(text, RowFormat.JSONL)
    assert [(row.line, row.guid, row.document.location, row.collections) for row in found] == [  # type: ignore[union-attr]
        (1, "a", "/a.mp4", ("x", "y")),
        (1, "a", "/a.txt", ("x", "y")),
        (3, "b", "/b.mp3", ()),
    ]
    assert found[0].document.details == (3.0, 9, None)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"guid": "a", "documents": {}}', "documents is not a list"),
        ('{"guid": "a", "documents": []}', "no location"),
        ('{"guid": ["a"], "location": "/a.mp4"}', "guid is ['a']"),
        ('{"guid": "a", "location": "/a.mp4", "collections": 7}', "collections is not a list"),
        ('{"guid": "a\\ud800", "location": "/a.mp4"}', ""),
        ('{"guid": true, "location": "/a.mp4"}', "guid is True"),
    ],
)
def test_bad_json_lines_have_a_reason(line: str, reason: str) -> None:
    [bad] = rows(line, RowFormat.JSONL)
    assert isinstance(bad, BadRow)
    assert reason in bad.reason


@pytest.mark.parametrize("data", ["", "\n \n", "name,year\na,1\n", "guid,asset_id\na,b\n"])
def test_file_without_a_usable_header_is_refused(data: str) -> None:
    with pytest.raises(BadUserInput, match=r"nothing to import|header|is empty"):
        rows(data)


def test_format_is_detected_from_the_beginning() -> None:
    assert format_of(b"\xef\xbb\xbf \n{") is RowFormat.JSONL
    assert format_of(b"guid,location") is RowFormat.CSV


@pytest.mark.parametrize(
    "text",
    [
        "a b\tc\r\nd",
        "a, b;c ,\n d,",
        "\ufeffa\u00a0b\u200bc\u2028d",
        '["a", "b", \'c\', (d)]',
        "GUID,year\na,1\nb,2\nc,3\nd,4\n",
        'year;Asset ID\n1;a\n2;"b"\n3;c\n4;d\n',
    ],
)
def test_guids_are_found_in_every_kind_of_pasted_text(text: str) -> None:
    assert guids_in(text).guids == ("a", "b", "c", "d")


def test_csv_without_a_known_header_uses_the_first_column() -> None:
    read = guids_in("Tape,year\na,1\n,\nb,3\n", GuidTextFormat.CSV)
    assert (read.guids, read.header) == (("Tape", "a", "b"), True)
    assert guids_in("").guids == ()
    assert guids_in("", GuidTextFormat.CSV).guids == ()


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("file:///media/{media_filename}", "file:///media/a tape.mp4"),
        ("ci://{sonyci_id}.video", "ci://9eb0.video"),
        ("file:///m/{Media Filename}", "file:///m/a tape.mp4"),
        ("baapb://{asset_id}/{sonyci-id}.video", "baapb://cpb-aacip-1/9eb0.video"),
    ],
)
def test_location_for_all_rows_may_name_columns(location: str, expected: str) -> None:
    text = "asset_id,sonyci_id,media_filename,title\ncpb-aacip-1,9eb0,a tape.mp4,x\n"
    read = read_rows(io.BytesIO(text.encode()), RowFormat.CSV, Defaults(RULE, location))
    [row] = read
    assert isinstance(row, MediaRow)
    assert row.document.location == expected
    assert "title" in read.ignored_columns
    assert ("media_filename" in read.ignored_columns) == ("ilename" not in location)
    [row] = rows(
        '{"guid": "a", "media_filename": "b.mp4"}\n', RowFormat.JSONL, location="/m/{media_filename}"
    )
    assert isinstance(row, MediaRow)
    assert row.document.location == "/m/b.mp4"


@pytest.mark.parametrize(
    "location", ["file:///m/{media_filename}", "file:///m/{title}.mp4", "/m/{nothing}.mp4"]
)
def test_row_without_a_value_for_the_location_is_bad(location: str) -> None:
    [bad] = rows("asset_id,media_filename,title\ncpb-aacip-1,,\n", location=location)
    assert isinstance(bad, BadRow)
    assert "which the location for all rows names" in bad.reason
