"""Malformed data files, as made by people, broken programs and attackers. They are the same in each run.

`python -m tests.hostile.corpus FOLDER` writes them and prints their paths as JSON.
"""

import json
import os
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from tests.hostile.exports import EXPORTS, FORMS, lines
from tests.hostile.files import COMPRESS, CONTENT, Content, packed, parquet, repeated, zipped
from tests.hostile.payloads import CELLS

File = tuple[str, Content]
"""Name, and the content as bytes or blocks of bytes."""

_ROWS = [(f"review number {row} was long enough", f"label {row % 2}") for row in range(12)]
_MEBIBYTE = 1 << 20


def write_corpus(folder: Path, files: Iterable[File]) -> list[Path]:
    """Write `files` and special files into `folder`. Return their paths and some that do not exist."""
    paths = []
    for number, (name, content) in enumerate(files):
        path = folder / f"{number:03d}-{name}"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            with packed(path) as stream:
                for block in content:
                    stream.write(block)
        paths.append(path)
    return paths + _special(folder)


def small_files() -> Iterator[File]:
    """All small files."""
    yield from _empty()
    yield from _encodings()
    yield from _delimited()
    yield from _json()
    yield from _parquet()
    yield from _disguised()
    yield from _cells()
    yield from _mutated()


def large_files() -> Iterator[File]:
    """Large files, and small ones that decompress or parse to large ones."""
    yield "bomb-one-line.csv.gz", _repeated(b"text,label\n", b"a" * _MEBIBYTE, 1024)
    yield "bomb-one-cell.csv.gz", _repeated(b'text,label\n"', b"a\n" * (_MEBIBYTE // 2), 512)
    yield "bomb-one-row.csv.gz", _repeated(b"text,label\n", b'"\n",' * (_MEBIBYTE // 4), 256)
    yield "bomb-columns.csv.gz", _repeated(b"", b"ab,cd," * (_MEBIBYTE // 6), 128)
    yield "bomb-blank-lines.csv.gz", _repeated(b"text,label\n", b"\n" * _MEBIBYTE, 8)
    yield "bomb-zeros.csv.xz", _repeated(b"", bytes(_MEBIBYTE), 256)
    yield "bomb-wide.tsv.bz2", _repeated(b"text\tlabel\n", "字\t".encode() * (_MEBIBYTE // 4), 64)
    yield "bomb-list.json.gz", _repeated(b"[", b"[]," * (_MEBIBYTE // 3), 512)
    yield "bomb-objects.json.gz", _repeated(b"[", b'{"text":"a","label":"b"},' * (_MEBIBYTE // 25), 8)
    yield "bomb-string.json.zst", _repeated(b'["', b"a" * _MEBIBYTE, 512)
    yield "bomb-columns-of-lists.json.gz", _repeated(b'{"text": [', b"[]," * (_MEBIBYTE // 3), 256)
    yield "bomb-line.jsonl.gz", _repeated(b'{"text": [', b"[]," * (_MEBIBYTE // 3), 256)
    yield "bomb-keys.jsonl.gz", (_keys(number) for number in range(200))
    yield "bomb-spaces.json.gz", _repeated(b"", b" " * _MEBIBYTE, 512)
    yield (
        "bomb-repeated.parquet",
        parquet({"text": repeated("a" * (10 * _MEBIBYTE), 30), "label": ["a", "b"] * 15}),
    )
    yield "bomb-zeros.zip", zipped({"data.csv": b"text,label\n" + bytes(256 * _MEBIBYTE)})
    yield "bomb-lines.zip", zipped({"data.csv": b"text,label\n" + b"a" * (256 * _MEBIBYTE)})
    yield "large-cells.csv", b"text,label\n" + (b"x" * (10 * _MEBIBYTE) + b",a\n") * 3 + b"short,b\n" * 3
    yield "large-labels.csv", b"text,label\n" + (b"short text," + b"y" * (10 * _MEBIBYTE) + b"\n") * 3
    yield "large-name.csv", b"text," + b"n" * (10 * _MEBIBYTE) + b"\nsome text,a\n"
    yield (
        "many-labels.csv",
        b"text,label\n" + b"".join(b"text %d,l%d\n" % (n, n % 100_000) for n in range(200_000)),
    )
    yield "many-columns.csv", b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b"x," * 99_999 + b"x\n"


def _empty() -> Iterator[File]:
    """Empty or almost empty files."""
    for ending in CONTENT:
        for name, content in {"empty": b"", "space": b" \n\t\r\n ", "newline": b"\n", "nul": b"\0"}.items():
            yield f"{name}{ending}", content
    for ending, compress in COMPRESS.items():
        yield f"empty.csv{ending}", b""
        yield f"packed-nothing.csv{ending}", compress(b"")


def _encodings() -> Iterator[File]:
    """Text in other encodings, with and without byte order mark, and invalid bytes."""
    text = "text,label\n" + "".join(f"{words} – größer 映画 🎬,{label}\n" for words, label in _ROWS)
    lines = "".join(json.dumps({"text": words, "label": label}) + "\n" for words, label in _ROWS)
    for codec in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-7", "gb18030"):
        yield f"{codec}.csv", text.encode(codec)
        yield f"{codec}.jsonl", lines.encode(codec)
        yield f"{codec}.json", f"[{','.join(lines.splitlines())}]".encode(codec)
    for codec in ("latin-1", "cp1252", "cp037", "shift_jis"):
        yield f"{codec}.csv", text.encode(codec, errors="replace") + b"\xe9\xff,label 1\n"
    yield "utf-16-odd.csv", text.encode("utf-16")[:-1]
    yield "utf-16-alone.csv", b"\xff\xfe"
    yield "utf-16-surrogate.csv", b"\xff\xfe" + text.encode("utf-16-le") + b"\x00\xd8\x41\x00"
    yield "utf-32-beyond.csv", b"\xff\xfe\x00\x00" + text.encode("utf-32-le") + b"\xff\xff\xff\x7f"
    yield "mark-twice.csv", b"\xef\xbb\xbf" * 2 + text.encode()
    yield "mark-only.csv", b"\xef\xbb\xbf"
    yield "mark-later.csv", text.encode() + b"\xef\xbb\xbf" + text.encode()
    yield "overlong.csv", text.encode() + b"\xc0\xaf,\xe0\x80\xaf\n"
    yield "surrogate-bytes.csv", text.encode() + b"\xed\xa0\x80,label 1\n"
    yield "cut-character.csv", text.encode()[:-4] + b"\xf0\x9f"
    yield "nul-in-cells.csv", text.replace("review", "re\0view").encode()
    yield "nul-in-names.csv", text.replace("text,label", "te\0xt,la\0bel").encode()
    yield "every-byte.csv", b"text,label\n" + bytes(range(256)) * 3
    yield "every-byte.txt", bytes(range(256)) * 3


def _delimited() -> Iterator[File]:
    """Inconsistent CSV and TSV."""
    good = "text,label\n" + "".join(f"{text},{label}\n" for text, label in _ROWS)
    wrong = {
        "open-quote": good + '"never closed,label 1\nmore,label 0\n',
        "open-quote-first": '"' + good,
        "quote-inside": good + '"a "word" here",label 0\n',
        "quote-behind": good + '"a"b,label 0\n',
        "quotes-only": '"' * 1001,
        "too-many": good + "a,b,c,d\n",
        "too-few": good + "alone\n",
        "only-header": "text,label\n",
        "no-header": good.partition("\n")[2],
        "twice": "text,text\n" + good.partition("\n")[2],
        "no-names": ",\n" + good.partition("\n")[2],
        "blank-names": " , \n" + good.partition("\n")[2],
        "one-column": "text\n" + "a\nb\n" * 5,
        "no-label": "".join(f"{line},x{number}\n" for number, line in enumerate(good.splitlines())),
        "delimiters-only": ",,,,\n" * 5,
        "mixed-delimiters": good.replace(",", ";", 5),
        "mixed-ends": good.replace("\n", "\r\n", 3).replace("\n", "\r", 2),
        "returns-only": good.replace("\n", "\r"),
        "returns-many": good.replace("\n", "\r\r\n"),
        "no-end": good.rstrip("\n"),
        "separators": good.replace("\n", "\u2028"),
        "form-feed": good.replace("\n", "\f"),
        "backslashes": good + '\\",\\\nx,\\"\n',
        "numbers": "text,label\n" + "1,2\n" * 6 + "3,4\n" * 6,
        "huge-numbers": "text,label\n" + f"words here,{'9' * 5000}\nwords there,{'8' * 5000}\n" * 4,
        "infinite": "text,label\n" + "words here,inf\nwords there,nan\nwords,1e999\n" * 4,
        "one-label": "text,label\n" + "some words,same\n" * 8,
        "unique-labels": "text,label\n" + "".join(f"words,{number}\n" for number in range(50)),
        "blank-texts": "text,label\n" + ",a\n ,b\n" * 5,
        "blank-labels": "text,label\n" + "words,\nmore words, \n" * 5,
        "formulas": "text,label\n" + "=cmd|' /C calc'!A0,a\n@SUM(1),b\n" * 5,
        "comment": "# made by a program\n" + good,
        "sep-line": "sep=,\n" + good,
        "long-header": ",".join(f"column {number}" for number in range(5000)) + "\n",
    }
    for name, text in wrong.items():
        yield f"{name}.csv", text.encode()
        yield f"{name}.tsv", text.replace(",", "\t").encode()


def _json() -> Iterator[File]:
    """Invalid JSON, JSON of another structure, and JSON made to exhaust the parser."""
    row = '{"text": "words here", "label": "a"}'
    other = '{"text": "more words", "label": "b"}'
    good = ", ".join([row, other] * 6)
    wrong = {
        "deep-lists": "[" * 100_000,
        "deep-objects": '{"a":' * 100_000,
        "deep-closed": "[" * 50_000 + "]" * 50_000,
        "deep-cell": f'[{good}, {{"text": {"[" * 900}{"]" * 900}, "label": "a"}}]',
        "twice-keys": f'[{{"text": "first", "text": "second", "label": "a", "label": "b"}}, {good}]',
        "huge-integer": f'[{{"text": "a", "label": {"9" * 5000}}}, {good}]',
        "large-integer": f'[{{"text": "a", "label": {2**70}}}, {good}]',
        "huge-exponent": f'[{{"text": "a", "label": 1e400}}, {good}]',
        "not-finite": f'[{{"text": "a", "label": NaN}}, {{"text": "b", "label": -Infinity}}, {good}]',
        "number": "42",
        "string": '"words"',
        "null": "null",
        "true": "true",
        "list-of-numbers": "[1, 2, 3]",
        "list-of-lists": '[["words", "a"], ["more", "b"]]',
        "list-of-nulls": "[null, null]",
        "empty-list": "[]",
        "empty-object": "{}",
        "empty-objects": "[{}, {}, {}]",
        "empty-columns": '{"text": [], "label": []}',
        "unequal-columns": '{"text": ["a", "b", "c"], "label": ["x"]}',
        "columns-of-objects": '{"text": {"0": "a"}, "label": {"0": "b"}}',
        "mixed-items": f"[{good}, 5]",
        "data-in-data": f'{{"data": {{"data": [{good}]}}}}',
        "missing-keys": f'[{{"text": "a"}}, {{"label": "b"}}, {good}]',
        "other-keys": "[" + ", ".join(f'{{"k{number}": {number}}}' for number in range(6000)) + "]",
        "empty-key": f'[{{"": "a", "label": "b"}}, {good}]',
        "objects-as-texts": f'[{{"text": {{"a": 1}}, "label": "b"}}, {good}]',
        "lists-as-labels": f'[{{"text": "a", "label": [["b"]]}}, {good}]',
        "mixed-labels": f'[{{"text": "a", "label": ["b", null]}}, {good}]',
        "trailing-comma": f"[{good},]",
        "no-comma": f"[{row} {other}]",
        "single-quotes": f"[{good}]".replace('"', "'"),
        "comment": f"[{good}] // all of them",
        "unclosed": f"[{good}",
        "unclosed-string": f'[{good}, {{"text": "wor',
        "behind": f"[{good}] [{good}]",
        "concatenated": f"{row}{other}" * 6,
        "half-character": f'[{{"text": "\\ud800", "label": "\\udfff"}}, {good}]',
        "half-key": f'[{{"te\\ud800xt": "a", "label": "b"}}, {good}]',
        "wrong-escape": f'[{{"text": "\\x41", "label": "a"}}, {good}]',
        "escaped-nul": f'[{{"text": "a\\u0000b", "label": "a"}}, {good}]',
        "raw-control": f'[{{"text": "a\tb\x01", "label": "a"}}, {good}]',
    }
    yield from ((f"{name}.json", json.dumps(form).encode()) for name, form in FORMS.items())
    yield from ((f"{name}.jsonl", lines(rows)) for name, rows in EXPORTS.items())
    for name, text in wrong.items():
        yield f"{name}.json", text.encode()
        yield f"{name}.jsonl", text.replace("}, {", "}\n{").removeprefix("[").removesuffix("]").encode()


def _parquet() -> Iterator[File]:
    """Parquet with columns of all types, wrong metadata, and missing parts."""
    good = CONTENT[".parquet"]
    yield "magic-only.parquet", b"PAR1"
    yield "magic-twice.parquet", b"PAR1PAR1"
    yield "footer-only.parquet", good[-200:]
    yield "long-footer.parquet", good[:-8] + b"\xff\xff\xff\x7fPAR1"
    yield "negative-footer.parquet", good[:-8] + b"\xff\xff\xff\xffPAR1"
    yield "encrypted.parquet", good[:-4] + b"PARE"
    for share in range(1, 20):
        yield f"cut-{share * 5}.parquet", good[: len(good) * share // 20]
    columns: dict[str, dict[str, list[object]]] = {
        "none": {"text": [None] * 8, "label": [None] * 8},
        "bytes": {"text": [b"\xff\x00 bytes"] * 8, "label": ["a", "b"] * 4},
        "nested": {"text": [{"a": [1]}] * 8, "label": [[["a"]], [["b"]]] * 4},
        "numbers": {"text": [1.5, float("nan")] * 4, "label": [2**62, -1] * 4},
        "odd-names": {"\x1b[2J": ["words here", "more"] * 4, "": ["a", "b"] * 4},
    }
    for name, table in columns.items():
        yield f"{name}.parquet", parquet(table)
    for name, note in {
        "note-no-json": b"{",
        "note-list": b"[]",
        "note-deep": b"[" * 100_000,
        "note-numbers": b'{"info": {"features": {"label": {"_type": "ClassLabel", "names": [1, null]}}}}',
        "note-string": b'{"info": {"features": {"label": {"_type": "ClassLabel", "names": 5}}}}',
    }.items():
        yield f"{name}.parquet", parquet({"text": ["words here", "more"] * 4, "label": [0, 7] * 4}, note)


def _disguised() -> Iterator[File]:
    """Files with the wrong extension."""
    for real, content in CONTENT.items():
        for ending in (*CONTENT, ".txt", ".csv.gz", ".parquet.zst", ".xlsx", ""):
            if ending != real:
                yield f"truly{real.replace('.', '-')}{ending}", content
    for ending, compress in COMPRESS.items():
        yield f"packed-twice.csv{ending}", compress(compress(CONTENT[".csv"]))
        yield f"packed-not-said-{ending[1:]}.csv", compress(CONTENT[".csv"])
    yield "pickle.csv", b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93."
    yield "zip.csv", b"PK\x03\x04" + bytes(200)
    yield "page.csv", b"<!DOCTYPE html><script>alert(1)</script>"
    yield "elf.csv", b"\x7fELF" + bytes(range(256))


def _cells() -> Iterator[File]:
    """Valid files with escape codes and markup in texts, labels and names."""
    for name, text in CELLS.items():
        rows = [{"text": f"{text} words {number}", "label": f"{text}{number % 2}"} for number in range(8)]
        named = [{f"text {text}": row["text"], f"label {text}": row["label"]} for row in rows]
        yield f"cells-{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode()
        yield f"names-{name}.json", json.dumps(named).encode()


def _mutated() -> Iterator[File]:
    """Valid files of every format with bytes changed, removed, doubled or inserted."""
    for ending, content in CONTENT.items():
        yield from _mutations(f"mutated{ending}", content, 12)
    for ending, compress in COMPRESS.items():
        yield from _mutations(f"mutated.csv{ending}", compress(CONTENT[".csv"]), 5)


def _mutations(name: str, content: bytes, count: int) -> Iterator[File]:
    for seed in range(count):
        yield f"{seed}-{name}", mutated(content, random.Random(f"{name} {seed}"))


def mutated(content: bytes, chance: random.Random) -> bytes:
    """`content` with a few bytes changed, removed, doubled or inserted."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(found) + 1)
        piece = found[start : start + chance.randint(1, 64)]
        match chance.randrange(4):
            case 0:
                found[start : start + 1] = bytes([chance.randrange(256)])
            case 1:
                del found[start : start + len(piece)]
            case 2:
                found[start:start] = piece
            case _:
                found[start:start] = chance.choice([b'"', b"\0", b"\n", b"\xff" * 4, b",", b"[", b"\x1b[2J"])
    return bytes(found)


def _special(folder: Path) -> list[Path]:
    """Paths that are not regular files."""
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "pipe.parquet.gz")
    made: dict[str, str] = {
        "loop.csv": "loop.csv",
        "loop-of-two.json": "loop-back.json",
        "loop-back.json": "loop-of-two.json",
        "nowhere.csv": "not/there.csv",
        "zero.csv": "/dev/zero",
        "random.jsonl": "/dev/urandom",
        "null.csv": "/dev/null",
        "terminal.csv": "/dev/tty",
        "memory.csv": "/proc/self/mem",
        "environment.csv": "/proc/self/environ",
        "to-pipe.tsv": "pipe.csv",
        "to-folder.parquet": "folder.csv",
    }
    for name, target in made.items():
        (folder / name).symlink_to(target)
    missing = [
        folder / name for name in ("missing.csv", "x" * 300 + ".csv", "line\nend.csv", "pipe.csv/a.csv")
    ]
    return [*(folder / name for name in ("folder.csv", "pipe.csv", "pipe.parquet.gz", *made)), *missing]


def _repeated(start: bytes, block: bytes, count: int) -> Iterator[bytes]:
    yield start
    for _ in range(count):
        yield block


def _keys(number: int) -> bytes:
    return (json.dumps({f"key {number} {key}": key for key in range(1000)}) + "\n").encode()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True)
    print(json.dumps([str(path) for path in write_corpus(target, chain(small_files(), large_files()))]))
