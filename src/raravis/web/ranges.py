"""A file over HTTP, in whole or in part: opened once, read as it is sent, never loaded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from fastapi import HTTPException
from starlette.responses import Response, StreamingResponse

CHUNK = 1 << 18


class NotInFileError(Exception):
    """No byte of the range is in the file."""


def file_response(path: Path, headers: Mapping[str, str], *, content_type: str, head: bool = False) -> Response:
    """200 with the file, 206 with the part that the request's headers ask for, 304 or 416. Raises 404.

    RFC 9110: one range of bytes is understood; several, or what is no range, get the whole file. If-Range holds the
    range to the ETag or the date it was had under.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise HTTPException(404, f"the file cannot be opened: {error.strerror}") from None
    known = os.fstat(file.fileno())
    told = _told(known)
    try:
        if not S_ISREG(known.st_mode):
            raise HTTPException(404, "this is no file")
        if _unchanged(headers, told):
            return _nothing(file, 304, told)
        part = _wanted(headers, told, known.st_size)
    except NotInFileError:
        file.close()
        why = f"the file has {known.st_size} bytes; the range asked for has none of them"
        raise HTTPException(416, why, {"Content-Range": f"bytes */{known.st_size}"}) from None
    start, end = part or (0, known.st_size)
    told |= {"Content-Length": str(end - start), "Content-Type": content_type}
    if part:
        told["Content-Range"] = f"bytes {start}-{end - 1}/{known.st_size}"
    status = 206 if part else 200
    return _nothing(file, status, told) if head else StreamingResponse(_read(file, start, end), status, told)


def byte_range(text: str, size: int) -> tuple[int, int] | None:
    """[start, end) of `bytes=2-5`, `bytes=2-` or `bytes=-3`; None for what is to be ignored. Raises NotInFileError."""
    match = re.fullmatch(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", text.strip(), re.IGNORECASE | re.ASCII)
    if match is None or not any(match.groups()):
        return None
    first, last = (int(part) if part else None for part in match.groups())
    if first is None:
        first, last = max(size - (last or 0), 0), size - 1
    elif last is not None and last < first:
        return None
    if first >= size:
        raise NotInFileError
    return first, min(size if last is None else last + 1, size)


def _told(known: os.stat_result) -> dict[str, str]:
    return {
        "Accept-Ranges": "bytes",
        "ETag": f'"{known.st_mtime_ns:x}-{known.st_size:x}"',
        "Last-Modified": formatdate(known.st_mtime, usegmt=True),
        "Cache-Control": "private, no-cache",
    }


def _unchanged(headers: Mapping[str, str], told: Mapping[str, str]) -> bool:
    return told["ETag"] in [tag.strip() for tag in headers.get("if-none-match", "").split(",")]


def _wanted(headers: Mapping[str, str], told: Mapping[str, str], size: int) -> tuple[int, int] | None:
    if "range" not in headers or not _holds(headers.get("if-range"), told):
        return None
    return byte_range(headers["range"], size)


def _holds(had: str | None, told: Mapping[str, str]) -> bool:
    """Whether the part still belongs to what the client has; a weak tag never says so."""
    if had is None or had == told["ETag"]:
        return True
    try:
        return parsedate_to_datetime(had) == parsedate_to_datetime(told["Last-Modified"])
    except (ValueError, OverflowError):  # OverflowError: a year that no date has
        return False


def _nothing(file: BinaryIO, status: int, told: Mapping[str, str]) -> Response:
    file.close()
    return Response(status_code=status, headers=dict(told))


def _read(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """The bytes, in chunks; a file that was cut short meanwhile ends the answer early, which the client notices."""
    with file:
        file.seek(start)
        while start < end and (chunk := file.read(min(CHUNK, end - start))):
            start += len(chunk)
            yield chunk
