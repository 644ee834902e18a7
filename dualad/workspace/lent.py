"""Arrays of which copies are handed out, and by what it is told, reading little, whether a copy is still one.

To compare a copy with its original reads both from memory, and to make a new one writes besides: of the indices of a large sparse
matrix half as many bytes as its values have. So the original is not read: a digest of each block of it is kept. It is NH of Black,
Halevi, Krawczyk, Krovetz and Rogaway ("UMAC: fast and secure message authentication", CRYPTO '99, section 4), a sum of products of
words to which secret numbers were added, but for the addition, which carries from the lower word of a pair to the upper one.

Two blocks that differ have the same sum with probability of at most 2^-31 over the secret numbers. Take the last pair of words in
which they differ, and all other secret numbers as given. If its lower words differ, then for each secret number of the lower words
at most two of the upper words make the sums equal, one for each way in which the uppers may wrap around: it is multiplied by a
difference that is not zero and less than 2^32. If only the upper words do, then the lower ones carry alike, and at most two secret
numbers of theirs make the sums equal, one for either carry. The second sum takes for this pair the secret numbers of the next one,
on which no difference of the first sum depends (the same paper, section 4.3). So a block that is not what it was is taken for it
with probability of at most 2^-62.
"""

from __future__ import annotations

import secrets
import weakref

import numpy as np
from numba import njit

from .allocator import SMALLEST
from .results import new_array

__all__ = ["Original"]

BLOCK = 512  # pairs of words: four blocks and the secret numbers stay in the first cache together
SPARE = 2  # copies that are kept when their users have let go of them
_LOW, _HALF = np.uint64(2**32 - 1), np.uint64(32)
_SECRET = np.frombuffer(secrets.token_bytes(8 * (BLOCK + 1)), np.uint64)


@njit(cache=True)
def _product(pair):  # type: ignore[no-untyped-def]
    return (pair & _LOW) * (pair >> _HALF)


@njit(cache=True)
def _digest(pairs, k, apart, secret):  # type: ignore[no-untyped-def]
    """Both sums of four blocks, which lie apart: memory answers several requests at once, but asks for one page after the other."""
    a, b = pairs[k * BLOCK : (k + 1) * BLOCK], pairs[(k + apart) * BLOCK : (k + apart + 1) * BLOCK]
    c, d = pairs[(k + 2 * apart) * BLOCK :], pairs[(k + 3 * apart) * BLOCK :]
    a_1 = b_1 = c_1 = d_1 = a_2 = b_2 = c_2 = d_2 = np.uint64(0)
    for i in range(BLOCK):
        a_1 += _product(a[i] + secret[i])
        b_1 += _product(b[i] + secret[i])
        c_1 += _product(c[i] + secret[i])
        d_1 += _product(d[i] + secret[i])
        a_2 += _product(a[i] + secret[i + 1])
        b_2 += _product(b[i] + secret[i + 1])
        c_2 += _product(c[i] + secret[i + 1])
        d_2 += _product(d[i] + secret[i + 1])
    return a_1, b_1, c_1, d_1, a_2, b_2, c_2, d_2


@njit(cache=True)
def _digests(array, secret):  # type: ignore[no-untyped-def]
    quarter = array.size * array.itemsize // (4 * BLOCK * 8)
    found = np.empty((quarter, 8), np.uint64)
    pairs = array[: quarter * 4 * BLOCK * 8 // array.itemsize].view(np.uint64)
    for k in range(quarter):
        for j, total in enumerate(_digest(pairs, k, quarter, secret)):
            found[k, j] = total
    return found


@njit(cache=True)
def _is_same(a, b):  # type: ignore[no-untyped-def]
    different = 0
    for i in range(a.size):
        different |= a[i] ^ b[i]
    return different == 0


@njit(cache=True)
def _is_like(other, array, digests, secret):  # type: ignore[no-untyped-def]
    seen, quarter = 0, digests.shape[0]
    if other.ctypes.data % 8 == 0:
        seen = quarter * 4 * BLOCK * 8 // array.itemsize
        pairs = other[:seen].view(np.uint64)
        for k in range(quarter):
            different = np.uint64(0)
            for j, total in enumerate(_digest(pairs, k, quarter, secret)):
                different |= digests[k, j] ^ total
            if different != 0:
                return False
    return _is_same(other[seen:], array[seen:])


class Original:
    """An array of integers, contiguous and of one axis, that is never changed.

    Parameters
    ----------
    array : int32 or int64 array
    """

    def __init__(self, array: np.ndarray) -> None:
        self._array, self.nbytes = array, array.nbytes
        self._digests = _digests(array, _SECRET) if array.nbytes >= SMALLEST else None
        self._spare: list[np.ndarray] = []

    def copy(self) -> np.ndarray:
        """A copy, which the caller may change. If large, it is one that nobody has any more, where there is such."""
        array = self._array
        if self._digests is None:
            return array.copy()
        memory = self._spare.pop() if self._spare else None
        if memory is None or not _is_like(memory, array, self._digests, _SECRET):
            memory = new_array(array.size, array.dtype) if memory is None else memory
            memory[:] = array
        # over a memoryview, as a view of a view of `memory` itself would be one of `memory`, and outlive what is watched here
        copy = np.frombuffer(memory.data, array.dtype)
        weakref.finalize(copy, self._keep, memory).atexit = False
        return copy

    def _keep(self, memory: np.ndarray) -> None:
        if len(self._spare) < SPARE:
            self._spare.append(memory)

    def is_like(self, other: np.ndarray) -> bool:
        """Whether an array of integers of one axis has the same elements."""
        array = self._array
        if other.size != array.size:
            return False
        if self._digests is None or other.dtype != array.dtype or not other.flags.c_contiguous:
            return bool(_is_same(other, array))
        return bool(_is_like(other, array, self._digests, _SECRET))
