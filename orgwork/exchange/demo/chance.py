"""This room is for chance that repeats: only ``random()`` of a seeded generator is used, because its
sequence is promised to stay the same on every Python, which ``choice``, ``sample`` and ``shuffle`` are
not.
"""

import random
from bisect import bisect_right
from itertools import accumulate

from django.utils.translation import gettext_noop


class Die:
    """A seeded die. Dice for different purposes have different names, so that adding a throw here moves
    nothing there.
    """

    def __init__(self, seed, purpose=""):
        self.random = random.Random(f"{seed}/{purpose}").random

    def below(self, n):
        return int(self.random() * n)

    def between(self, low, high):
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, share):
        return self.random() < share

    def pick(self, sequence):
        return sequence[int(self.random() * len(sequence))]

    def take(self, sequence, n):
        """Up to n different elements, in the order drawn."""
        pool = list(sequence)
        n = min(n, len(pool))
        for i in range(n):
            j = i + int(self.random() * (len(pool) - i))
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:n]


class Urn:
    """Values drawn by weight."""

    def __init__(self, pairs):
        pairs = list(pairs)
        self.values = [value for value, _ in pairs]
        self.sums = list(accumulate(weight for _, weight in pairs))

    def draw(self, die):
        return self.values[min(bisect_right(self.sums, die.random() * self.sums[-1]), len(self.values) - 1)]


def share_out(total, weights, *, least=0):
    """Whole numbers that add up to total, as near to the weights as can be (largest remainders), none under
    least.
    """
    spare = total - least * len(weights)
    if spare < 0:
        raise ValueError(gettext_noop("the total is too small for the least share"))
    whole = sum(weights)
    exact = [spare * weight / whole for weight in weights]
    shares = [int(part) for part in exact]
    order = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: spare - sum(shares)]:
        shares[i] += 1
    return [share + least for share in shares]
