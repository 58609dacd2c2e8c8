"""Decodes the binary arrays of mzML: base64, zlib or Numpress, 32 or 64 bits.

Accession numbers are those of the PSI-MS vocabulary (release 4.1.79). Numpress (Teleman et al.,
Mol. Cell. Proteomics 2014, 13, 1537) is decoded by the pymzml library, but for its integer method,
which pymzml reads wrongly where zeros follow each other.
"""

from __future__ import annotations

import base64
import binascii
import warnings
import zlib
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MZ, INTENSITY, TIME, WAVELENGTH = "MS:1000514", "MS:1000515", "MS:1000595", "MS:1000617"
ARRAYS = (MZ, INTENSITY, TIME, WAVELENGTH)

_TYPES = {"MS:1000521": "<f4", "MS:1000523": "<f8", "MS:1000519": "<i4", "MS:1000522": "<i8"}
_PLAIN, _ZLIB = "MS:1000576", "MS:1000574"
# Numpress by accession: the method, and whether zlib comes on top.
_NUMPRESS = {
    "MS:1002312": ("linear", False), "MS:1002314": ("slof", False),
    "MS:1002746": ("linear", True), "MS:1002748": ("slof", True),
}  # fmt: skip
_OTHER_COMPRESSION = {"MS:1002313", "MS:1002747", "MS:1003088", "MS:1003089", "MS:1003090"}
_NO_SPACES = {ord(sign): None for sign in " \t\r\n"}
_MOST_VALUES = 50_000_000


class ArrayError(ValueError):
    """An array can't be decoded; ``unsupported`` tells a method that isn't known from damage."""

    def __init__(self, message: str, *, unsupported: bool = False) -> None:
        self.unsupported = unsupported
        super().__init__(message)


def decode_array(text: str, params: Mapping[str, object], length: int) -> FloatArray:
    """Values of one array of ``length`` values, from its text and the accessions beside it.

    Raises:
        ArrayError: it is damaged, of another length, or compressed by an unknown method.
    """
    if not 0 <= length <= _MOST_VALUES:
        raise ArrayError(f"an array of {length} values can't be right")
    try:
        raw = base64.b64decode(text.translate(_NO_SPACES), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ArrayError(f"the base64 text of an array is damaged: {error}") from None
    values = _values(raw, params, length)
    if values.size != length:
        raise ArrayError(f"an array has {values.size} values where {length} are announced")
    return values


def _values(raw: bytes, params: Mapping[str, object], length: int) -> FloatArray:
    numpress = [method for accession, method in _NUMPRESS.items() if accession in params]
    if numpress:
        method, is_zipped = numpress[0]
        return _from_numpress(_inflated(raw, 16 * length + 64) if is_zipped else raw, method)
    if params.keys() & _OTHER_COMPRESSION or not params.keys() & {_PLAIN, _ZLIB}:
        message = "an array is compressed by a method that isn't known here"
        raise ArrayError(message, unsupported=True)
    types = [kind for accession, kind in _TYPES.items() if accession in params]
    if len(types) != 1:
        raise ArrayError("an array doesn't tell its number type", unsupported=True)
    kind = np.dtype(types[0])
    plain = _inflated(raw, kind.itemsize * length + 64) if _ZLIB in params else raw
    if len(plain) % kind.itemsize:
        raise ArrayError(f"an array of {len(plain)} bytes isn't a whole number of values")
    return np.frombuffer(plain, dtype=kind).astype(np.float64)


def _inflated(raw: bytes, most_bytes: int) -> bytes:
    """Unzip, but no more than can be right, so that a damaged length can't fill the memory."""
    if not raw:
        return b""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(raw, most_bytes)
    except zlib.error as error:
        raise ArrayError(f"a compressed array is damaged: {error}") from None
    if not inflater.eof and len(plain) < most_bytes:
        raise ArrayError("a compressed array ends too early")
    return plain


def _from_numpress(raw: bytes, method: str) -> FloatArray:
    if not raw:
        return np.zeros(0)
    with warnings.catch_warnings():
        # The library warns at import that its optional compiled part is missing.
        warnings.simplefilter("ignore")
        from pymzml.ms_numpress import MSNumpress  # noqa: PLC0415

        decoder = MSNumpress(bytearray(raw))
        decoders: dict[str, Callable[[], object]] = {
            "linear": decoder.decode_linear,
            "slof": decoder.decode_slof,
        }
        try:
            decoded = np.atleast_1d(np.asarray(decoders[method](), dtype=np.float64))
        except Exception as error:  # noqa: BLE001 - a foreign decoder on damaged bytes
            raise ArrayError(f"a Numpress array is damaged: {error}") from None
    return decoded
