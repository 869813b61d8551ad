"""Who owns which partition of a market's topic."""

from kafka.partitioner.default import DefaultPartitioner

from connectors.connect.config import Settings
from connectors.connect.partitions import divide, owned_partitions, partition_of, shares

MARKET = "binance-spot"
SYMBOLS = (
    "BTCUSDT",
    "ETHUSDT",
    "SOLUSDT",
    "XRPUSDT",
    "1000SATSUSDT",
    "币安人生USDT",
    "4USDT",
    "BNBUSDT",
)


class Cluster:
    """A cluster with one topic, as the client's own partitioner sees it."""

    def __init__(self, partitions: int) -> None:
        self._partitions = set(range(partitions))

    def topics(self) -> set[str]:
        return {"trades"}

    def partitions_for_topic(self, topic: str) -> set[int]:
        return self._partitions

    def available_partitions_for_topic(self, topic: str) -> set[int]:
        return self._partitions


def test_a_key_goes_where_the_producer_sends_it() -> None:
    for partitions in (1, 3, 4, 12):
        for symbol in SYMBOLS:
            key = f"{MARKET}|{symbol}"
            chosen = DefaultPartitioner().partition(
                "trades", key, key.encode(), None, None, Cluster(partitions)
            )
            assert partition_of(key, partitions) == chosen


def test_every_partition_has_one_owner_that_has_all_its_symbols() -> None:
    for max_tasks in (1, 2, 3, 4, 9):
        divided = shares(SYMBOLS, MARKET, 4, max_tasks)
        assert len(divided) <= max_tasks
        assert sorted(number for owned, _ in divided for number in owned) == [0, 1, 2, 3]
        assert sorted(symbol for _, symbols in divided for symbol in symbols) == sorted(SYMBOLS)
        for owned, symbols in divided:
            assert {partition_of(f"{MARKET}|{symbol}", 4) for symbol in symbols} <= set(owned)


def test_a_partition_without_symbols_belongs_to_a_task_that_has_some() -> None:
    divided = shares(("BTCUSDT",), MARKET, 4, 4)
    assert divided == [((0, 1, 2, 3), ("BTCUSDT",))]
    assert all(symbols for _, symbols in shares(SYMBOLS, MARKET, 64, 64))


def test_without_symbols_one_task_owns_everything() -> None:
    assert shares((), MARKET, 3, 2) == [((0, 1, 2), ())]


def test_the_division_does_not_depend_on_the_order_of_symbols() -> None:
    turned = shares(tuple(reversed(SYMBOLS)), MARKET, 4, 2)
    assert [owned for owned, _ in turned] == [owned for owned, _ in shares(SYMBOLS, MARKET, 4, 2)]


def test_tasks_have_about_the_same_number_of_symbols() -> None:
    many = [f"S{number}USDT" for number in range(100)]
    counts = [len(symbols) for _, symbols in shares(many, MARKET, 8, 2)]
    assert max(counts) - min(counts) <= 10


def test_each_task_gets_its_symbols_and_its_partitions() -> None:
    given = Settings({"symbols": ",".join(SYMBOLS), "exchange": "live"})
    tasks = divide(given, MARKET, 4, 2)
    assert [(owned_partitions(task, 4), task.names("symbols")) for task in tasks] == shares(
        SYMBOLS, MARKET, 4, 2
    )
    assert {task.text("exchange") for task in tasks} == {"live"}


def test_undivided_settings_own_every_partition() -> None:
    assert owned_partitions(Settings({"symbols": "BTCUSDT"}), 3) == (0, 1, 2)
