"""How long Larkqueue waits before it tries a failed job again."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

__all__ = ["BackoffPolicy", "compute_next_delay_ms", "delays_until_poisoned"]


@dataclass(frozen=True)
class BackoffPolicy:
    """The four settings of the `[retries]` table, as numbers."""

    first_ms: int = 250
    ceiling_ms: int = 60_000
    jitter: float = 0.2
    poison_after: int = 12


def compute_next_delay_ms(policy: BackoffPolicy, failures: int, random: Random) -> int:
    """Return the pause before the next attempt, in milliseconds.

    The pause doubles with every failure until it meets the ceiling. A part of it is then drawn
    at random, because jobs that were knocked over by the same outage would otherwise all knock
    at the door of the recovering service in the same instant.
    """
    if failures < 1:
        raise ValueError(f"a job that has failed {failures} times needs no pause")
    # Shifting by more than 40 bits would only build a large number for `min` to throw away.
    doubled = policy.first_ms << min(failures - 1, 40)
    longest = min(doubled, policy.ceiling_ms)
    return round(longest * (1 - policy.jitter * random.random()))


def delays_until_poisoned(policy: BackoffPolicy, random: Random) -> Iterator[int]:
    """Yield every pause that a job lives through before it is put aside for a person to look at."""
    for failures in range(1, policy.poison_after):
        yield compute_next_delay_ms(policy, failures, random)
