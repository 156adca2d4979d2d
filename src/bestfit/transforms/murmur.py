"""MurmurHash3 (32 bits) of many texts at once: the hash that scikit-learn hashes features by.

Appleby, "SMHasher", 2010. The same on every machine and in every version.
"""

from collections.abc import Sequence

import numpy as np

from .base import Array

__all__ = ["murmur3", "places_of"]

C1, C2 = np.uint32(0xCC9E2D51), np.uint32(0x1B873593)


def places_of(tokens: Sequence[str], buckets: int) -> tuple[Array, Array]:
    """(N,) the bucket of each text, and (N,) its sign, 1 or −1."""
    code = murmur3(tokens).view(np.int32).astype(np.int64)
    return np.abs(code) % buckets, np.where(code >= 0, 1.0, -1.0)


def murmur3(tokens: Sequence[str]) -> Array:
    """(N,) uint32, of the UTF-8 of each text, with seed 0.

    >>> murmur3(["", "a", "hello"]).tolist()
    [0, 1009084850, 613153351]
    """
    data = [token.encode("utf-8", "surrogatepass") for token in tokens]
    length = np.array([len(item) for item in data], dtype=np.int64)
    out = np.zeros(len(data), np.uint32)
    for size in np.unique(length):
        rows = np.flatnonzero(length == size)
        raw = np.frombuffer(b"".join(data[i] for i in rows), np.uint8).reshape(len(rows), size)
        out[rows] = _alike(raw)
    return out


def _alike(raw: Array) -> Array:
    """(N, L) uint8 → (N,) uint32."""
    n, size = raw.shape
    h = np.zeros(n, np.uint32)
    whole = size // 4 * 4
    for block in np.ascontiguousarray(raw[:, :whole]).view("<u4").T:
        h ^= _mixed(block.astype(np.uint32))
        h = _turned(h, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    if size > whole:
        rest = np.zeros(n, np.uint32)
        for i in range(size - whole):
            rest |= raw[:, whole + i].astype(np.uint32) << np.uint32(8 * i)
        h ^= _mixed(rest)
    h ^= np.uint32(size)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, None)):
        h ^= h >> np.uint32(shift)
        h = h if factor is None else h * np.uint32(factor)
    return h


def _mixed(k: Array) -> Array:
    return np.asarray(_turned(k * C1, 15) * C2)


def _turned(x: Array, bits: int) -> Array:
    return np.asarray((x << np.uint32(bits)) | (x >> np.uint32(32 - bits)))
