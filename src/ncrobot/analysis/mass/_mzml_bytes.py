"""Bytes of an mzML file before its XML is read: gzip, its own checksum, and its encoding."""

from __future__ import annotations

import hashlib
import re
import zlib

from ncrobot.analysis.mass.reading import Findings, ReadState

_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)[\"']")
_CHECKSUM = re.compile(rb"<fileChecksum>\s*([0-9a-fA-F]{40})\s*</fileChecksum>")
_GZIP = b"\x1f\x8b"
_CHUNK = 65_536
_DECLARATION = re.compile(r"^\ufeff?<\?xml[^>]*\?>")


def unzipped(data: bytes, findings: Findings) -> bytes:
    """Undo gzip, of one member or several; keep what comes before a break."""
    if not data.startswith(_GZIP):
        return data
    plain, rest = bytearray(), data
    while rest.startswith(_GZIP):
        inflater = zlib.decompressobj(wbits=31)
        try:
            for start in range(0, len(rest), _CHUNK):
                plain += inflater.decompress(rest[start : start + _CHUNK])
                if inflater.eof:
                    break
        except zlib.error as error:
            findings.add(ReadState.MALFORMED, f"the gzipped file is damaged: {error}")
            break
        if not inflater.eof:
            findings.add(
                ReadState.TRUNCATED, "the gzipped file ends too early", fix="copy it again"
            )
            break
        rest = inflater.unused_data + rest[start + _CHUNK :]
    return bytes(plain)


def check_sum(data: bytes, findings: Findings) -> None:
    """Compare an indexed file with its own SHA-1, which covers all up to its opening tag."""
    found = _CHECKSUM.search(data, max(0, len(data) - 2000))
    if found is None or set(found[1]) == {ord("0")}:
        return
    covered = data[: found.start() + len(b"<fileChecksum>")]
    digest = hashlib.sha1(covered, usedforsecurity=False).hexdigest()
    if digest != found[1].decode().lower():
        message = "the file was changed after it was written: its checksum differs"
        findings.add(ReadState.MALFORMED, message, fix="export or copy it again")


def in_known_encoding(data: bytes, findings: Findings) -> bytes:
    """The bytes, or as UTF-8 if the encoding that the file names isn't the one that it has."""
    declared = _ENCODING.match(data[:200].lstrip(b"\xef\xbb\xbf"))
    encoding = declared[1].decode() if declared else "utf-8"
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    try:
        data.decode(encoding)
    except LookupError:
        message = f"the file names an unknown encoding, {encoding!r}"
    except UnicodeDecodeError as error:
        message = f"the file isn't in {encoding}, which it names: byte {error.start + 1} is wrong"
    else:
        return data
    findings.add(ReadState.WRONG_ENCODING, message, fix="export it again, in UTF-8")
    text = data.decode("cp1252", errors="replace")
    return _DECLARATION.sub("", text, count=1).encode("utf-8")
