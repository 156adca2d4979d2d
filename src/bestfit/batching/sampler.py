"""Which rows each step sees; ours, so that a position is all there is to save."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..rng import stream
from .rows import Batch, Inputs, Rows

__all__ = ["Sampler", "shuffled"]

BLOCK_BYTES = 16 << 20  # of shuffled and encoded rows that lie ready
MANY_ROWS = 1 << 22  # whose order is computed as it is needed, for it would take memory
ROUNDS = 6

Order = Callable[[int, int], np.ndarray]


@dataclass(frozen=True, eq=False)
class Sampler:
    """Which rows each step sees: ``(seed, epoch)`` gives a permutation, a position goes through it.

    Args:
        n_rows: rows of an epoch; ≥ 1.
        batch_size: rows of a step; the last, smaller batch of an epoch is dropped unless it is
            the only one, so that every step weighs its rows alike.
        seed: of the run.
        pools: where members draw for themselves, the rows that they may draw: member j those of
            pool j mod their number. One pool of all rows gives each member an order of its own;
            the complements of f folds make f-fold training. Without, all see the same batches.
    """

    n_rows: int
    batch_size: int
    seed: int
    pools: tuple[np.ndarray, ...] = ()

    @property
    def steps_per_epoch(self) -> int:
        """Steps that go through the rows once."""
        return max(1, self.n_rows // self.batch_size)

    def epoch(
        self,
        rows: Rows,
        epoch: int,
        start: int = 0,
        *,
        members: Callable[[], Sequence[int]] = tuple,
        encode: Callable[[Inputs], Inputs],
    ) -> Iterator[Batch]:
        """The batches of one epoch, of encoded inputs, from the position ``start``, in steps.

        A batch is good until the next one is asked for.

        Args:
            rows: all of them.
            epoch: from 0.
            start: steps of the epoch that are over.
            members: the numbers of those in training, asked anew for each batch.
            encode: of the population, for rows that are not encoded yet.
        """
        if self.pools:
            yield from self._own(rows, range(start, self.steps_per_epoch), epoch, members, encode)
            return
        order = shuffled(self.n_rows, self.seed, epoch)
        whole = self.n_rows >= self.batch_size
        stop = self.steps_per_epoch * self.batch_size if whole else self.n_rows
        span = range(start * self.batch_size if whole else 0, stop)
        row_bytes = rows.take(slice(0, 1)).encode(encode).row_bytes
        most = max(1, BLOCK_BYTES // (row_bytes * self.batch_size)) * self.batch_size
        for block in _gathered(rows, order, span, most):
            for batch in block.encode(encode).blocks(self.batch_size):
                if batch.weight is None:
                    yield batch
                else:
                    whose = [member % len(batch.weight) for member in members()]
                    yield batch._replace(weight=batch.weight[whose])

    def _own(
        self,
        rows: Rows,
        positions: Sequence[int],
        epoch: int,
        members: Callable[[], Sequence[int]],
        encode: Callable[[Inputs], Inputs],
    ) -> Iterator[Batch]:
        orders: dict[tuple[int, int], np.ndarray] = {}
        for position in positions:
            step, alive = epoch * self.steps_per_epoch + position, members()
            if not alive:
                return
            drawn = np.stack([self._drawn(member, step, orders) for member in alive])
            index = torch.from_numpy(drawn).to(rows.device)
            inputs = tuple(t[index] for t in rows.inputs)
            weight = None
            if rows.weight is not None:
                whose = [rows.weight[member % len(rows.weight)] for member in alive]
                weight = torch.stack([own[i] for own, i in zip(whose, index, strict=True)])
            encoded = inputs if rows.encoded else encode(inputs)
            yield Batch(encoded, rows.target[index], weight, self.batch_size, own=True)

    def _drawn(
        self, member: int, step: int, orders: dict[tuple[int, int], np.ndarray]
    ) -> np.ndarray:
        """(B,) rows of a member at a step: the next of its permutations, one after the other."""
        pool = self.pools[member % len(self.pools)]
        at, parts = step * self.batch_size, []
        left = self.batch_size
        while left:
            epoch, begin = divmod(at, len(pool))
            if (member, epoch) not in orders:
                orders.pop((member, epoch - 2), None)
                random = stream(self.seed, "shuffle", epoch, "member", member)
                orders[member, epoch] = pool[random.permutation(len(pool))]
            parts.append(orders[member, epoch][begin : begin + left])
            at, left = at + len(parts[-1]), left - len(parts[-1])
        return np.concatenate(parts)


def _gathered(rows: Rows, order: Order, span: range, most: int) -> Iterator[Rows]:
    """The rows of a part of an order, so many at a time, in memory that is used again."""
    size = min(most, len(span))
    tensors = (*rows.inputs, rows.target)
    room = [t.new_empty((size, *t.shape[1:])) for t in tensors]
    for start in range(0, len(span), size):
        some = span[start : start + size]
        index = torch.from_numpy(order(some.start, some.stop)).to(rows.device)
        parts = [out[: len(index)] for out in room]
        rows.copy_to(parts, index)
        weight = None if rows.weight is None else rows.weight[:, index]
        yield Rows(tuple(parts[:-1]), parts[-1], weight, rows.encoded)


def shuffled(n_rows: int, seed: int, epoch: int, many: int = MANY_ROWS) -> Order:
    """Rows in the order of an epoch: gives those from one place up to another, (n,) int64.

    Of many rows no permutation is written down: places are enciphered by a Feistel network over
    the next power of four, again and again until they are rows (Black and Rogaway, "Ciphers with
    Arbitrary Finite Domains", 2002).

    >>> sorted(shuffled(10, 0, 0, many=5)(0, 10).tolist())
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    random = stream(seed, "shuffle", epoch)
    if n_rows < many:
        order = random.permutation(n_rows)
        return lambda first, last: order[first:last]
    half = np.uint64(max(1, ((n_rows - 1).bit_length() + 1) // 2))
    mask = (np.uint64(1) << half) - np.uint64(1)
    keys = random.integers(0, 1 << 63, (ROUNDS, 2), dtype=np.uint64) | np.uint64(1)

    def enciphered(places: np.ndarray) -> np.ndarray:
        left, right = places >> half, places & mask
        for factor, shift in keys:
            mixed = (right * factor + shift) * factor
            left, right = right, left ^ ((mixed >> np.uint64(32)) & mask)
        return (left << half) | right

    def order_of(first: int, last: int) -> np.ndarray:
        places = enciphered(np.arange(first, last, dtype=np.uint64))
        while (outside := places >= n_rows).any():
            places[outside] = enciphered(places[outside])
        return places.astype(np.int64)

    return order_of
