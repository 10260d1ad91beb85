"""What a coded packet says of itself before it is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Role(NamedTuple):
    """What other pictures may want of this one, and whether it can stand alone."""

    reference: bool  # others of the same or a lower temporal layer are predicted from it
    layer: int
    intra: bool  # False: it is predicted from others itself, whatever the container says of keyframes


REFERENCE = Role(True, 0, True)
_IDR = 5
_SEARCHED = 4096  # bytes looked at for a start code; the slice follows the headers closely


def role(codec: str, extradata: bytes | None, packet: memoryview, *, disposable: bool) -> Role:
    """Role of a packet's picture: read from H.264 and HEVC units, else what the container says.

    H.264 (ITU-T H.264 7.4.1): nal_ref_idc is 0 for a picture that no other needs; a stream refreshed by moving
    columns calls predicted pictures keyframes, from which a decoder shows nothing for a while. HEVC (ITU-T H.265
    table 7-1): even unit types below 16 are not needed in their own temporal layer, but may be in a higher one.
    """
    if codec not in ("h264", "hevc"):
        return Role(not disposable, 0, True)
    units = _units(packet, _length_size(codec, extradata))
    return next(filter(None, map(_h264 if codec == "h264" else _hevc, units)), REFERENCE)


def _h264(unit: memoryview) -> Role | None:
    kind = unit[0] & 0x1F if len(unit) > 1 else 0
    if not 1 <= kind <= 5:
        return None
    return Role(unit[0] >> 5 & 3 != 0, 0, kind == _IDR or _begins_intra(unit[1]))


def _begins_intra(byte: int) -> bool:
    """Whether a slice header begins with first_mb_in_slice 0 and slice_type 2 or 7, in Exp-Golomb code."""
    return byte >> 4 == 0b1011 or byte == 0b1_0001000


def _hevc(unit: memoryview) -> Role | None:
    if len(unit) < 2 or (kind := unit[0] >> 1 & 0x3F) > 31:
        return None
    return Role(kind > 14 or kind % 2 == 1, max((unit[1] & 7) - 1, 0), True)


def _length_size(codec: str, extradata: bytes | None) -> int:
    """Bytes of the length before each unit (avcC, hvcC); 0 where start codes part them (Annex B)."""
    at = 4 if codec == "h264" else 21
    if not extradata or len(extradata) <= at or extradata[:3] in (b"\0\0\0", b"\0\0\1"):
        return 0
    return (extradata[at] & 3) + 1


def _units(packet: memoryview, length_size: int) -> Iterator[memoryview]:
    return _by_length(packet, length_size) if length_size else _by_start_code(packet)


def _by_length(packet: memoryview, size: int) -> Iterator[memoryview]:
    at = 0
    while at + size < len(packet):
        length = int.from_bytes(packet[at : at + size], "big")
        yield packet[at + size : at + size + min(length, 2)]
        at += size + length


def _by_start_code(packet: memoryview) -> Iterator[memoryview]:
    head = bytes(packet[:_SEARCHED])
    at = head.find(b"\0\0\1")
    while at >= 0:
        yield memoryview(head)[at + 3 : at + 5]
        at = head.find(b"\0\0\1", at + 3)
