"""Which Kafka partition a record goes to, and which task owns which partitions.

Pure. A heartbeat vouches for every symbol of a partition, so a partition has one owner, which
follows all of the partition's symbols.
"""

from collections.abc import Iterable

from kafka.partitioner.default import murmur2

from connectors.connect.config import Settings
from market.dictionary.names import record_key

TASK_PARTITIONS = "task.partitions"
"""Set by the connector in a task's settings: the partitions that it owns, comma-separated."""

Share = tuple[tuple[int, ...], tuple[str, ...]]
"""What one task owns: its partitions, and the symbols whose records go there."""


def partition_of(key: str, partitions: int) -> int:
    """Return the partition that Kafka's default partitioner chooses for a key.

    Args:
        key: such as ``binance-spot|BTCUSDT``.
        partitions: of the topic, at least one.
    """
    positive: int = murmur2(key.encode()) & 0x7FFFFFFF
    return positive % partitions


def shares(symbols: Iterable[str], market: str, partitions: int, max_tasks: int) -> list[Share]:
    """Divide the partitions of a market's topic among tasks.

    Every partition has one owner. Tasks get about the same number of symbols and at least one each,
    as a task learns the exchange's time from its symbols' streams. A partition without symbols goes
    to the task with the fewest partitions. The division depends on the arguments alone.

    Args:
        symbols: upper case, in any order.
        market: such as ``binance-spot``.
        partitions: of the topic.
        max_tasks: at least one.

    Returns:
        At most `max_tasks` shares; one with all partitions when there are no symbols.
    """
    held: dict[int, list[str]] = {partition: [] for partition in range(partitions)}
    for symbol in dict.fromkeys(symbols):
        held[partition_of(record_key(market, symbol), partitions)].append(symbol)
    busy = sum(bool(of_partition) for of_partition in held.values())
    owned: list[list[int]] = [[] for _ in range(max(1, min(max_tasks, busy)))]

    def load(task: list[int]) -> tuple[int, int]:
        return sum(len(held[partition]) for partition in task), len(task)

    def partition_count(task: list[int]) -> int:
        return len(task)

    for partition in sorted(held, key=lambda number: -len(held[number])):
        min(owned, key=load if held[partition] else partition_count).append(partition)
    return [
        (tuple(sorted(task)), tuple(symbol for part in sorted(task) for symbol in held[part]))
        for task in owned
    ]


def divide(settings: Settings, market: str, partitions: int, max_tasks: int) -> list[Settings]:
    """Return one settings object per task: the given ones, with its own symbols and partitions."""
    return [
        Settings(
            {
                **settings.values,
                "symbols": ",".join(symbols),
                TASK_PARTITIONS: ",".join(map(str, owned)),
            }
        )
        for owned, symbols in shares(settings.names("symbols"), market, partitions, max_tasks)
    ]


def owned_partitions(settings: Settings, partitions: int) -> tuple[int, ...]:
    """Return the partitions that a task owns: those that `divide` set, otherwise all."""
    if TASK_PARTITIONS not in settings.values:
        return tuple(range(partitions))
    return tuple(int(number) for number in settings.names(TASK_PARTITIONS))
