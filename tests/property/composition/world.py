"""One world: an exchange, tasks with their networks, Kafka, jobs, stores, and the observer.

It moves in ticks. In each the exchange goes on, frames and answers arrive, every task polls, every
job reads, and what became visible is judged.
"""

from dataclasses import dataclass, field

from market.dictionary.topics import BOOK_TOPS
from tests.property.composition.book_task import MOST_LAG_MS, BookTask, book_tasks
from tests.property.composition.candles_model import CANDLES
from tests.property.composition.exchange import SPOT, START_MS, USDM, Exchange
from tests.property.composition.flink_model import FlinkJob, Watermark
from tests.property.composition.kafka_model import KafkaModel
from tests.property.composition.liquidity_model import LIQUIDITY
from tests.property.composition.observer import Observer, StaysUnknownError, Store
from tests.property.composition.rest_model import RestModel
from tests.property.composition.tasks import ModelTask, SteppedClock
from tests.property.composition.trade_task import TOPIC, TradeTask, trade_tasks

TICK_MS = 100
CHECKPOINT_MS = 1_000
LAG_STEP_MS = 350
DRAIN_MS = 20_000
NEWEST_MS = 10_000
"""How old the newest window may be when all is well."""

TRADED = ("BTCUSDT", "XRPUSDT", "BNBUSDT", "ETHUSDT")
"""The first three share a partition."""
BOOKS = {SPOT: ("BTCUSDT", "XRPUSDT", "ETHUSDT"), USDM: ("ETHUSDT", "DOGEUSDT", "BTCUSDT")}
"""Of each market the first two share a partition, and a connection."""


@dataclass(slots=True)
class RunningJob:
    """A job, and when it is up and completes checkpoints."""

    job: FlinkJob
    live: Store
    result: Store
    up_ms: int = 0
    checkpoint_ms: int = 0
    completes: bool = True
    order: tuple[int, ...] = (0, 1, 2, 3)

    def advance(self, now_ms: int, observer: Observer) -> None:
        """Read, write and complete a checkpoint when it is time."""
        if now_ms < self.up_ms:
            return
        self.job.poll(self.order)
        observer.judge(self.live, self.job.take_rows())
        if self.completes and now_ms - self.checkpoint_ms >= CHECKPOINT_MS:
            self.checkpoint_ms = now_ms
            observer.judge(self.result, self.job.checkpoint())
            observer.judge_dropped(self.result, self.job.unnamed)

    def kill(self, away_ms: int, now_ms: int) -> None:
        """Die, and come back from the last checkpoint."""
        self.job.restore()
        self.up_ms = now_ms + away_ms

    def heal(self) -> None:
        """End what holds it up."""
        self.up_ms, self.completes = 0, True
        self.job.paused.clear()


@dataclass(slots=True)
class World:
    """Everything, with what is to be followed.

    Args:
        has_trades: follow the trades of spot.
        markets: whose books are followed.
        rule: the watermark of all sources.
    """

    has_trades: bool
    markets: tuple[str, ...]
    rule: Watermark
    now_ms: int = START_MS
    clock: SteppedClock = field(default_factory=SteppedClock)
    kafka: KafkaModel = field(default_factory=KafkaModel)
    exchange: Exchange = field(init=False)
    rest: RestModel = field(init=False)
    observer: Observer = field(init=False)
    tasks: list[ModelTask] = field(init=False)
    trade_tasks: list[TradeTask] = field(init=False)
    jobs: list[RunningJob] = field(init=False)

    def __post_init__(self) -> None:
        books = {market: list(BOOKS[market]) for market in self.markets}
        self.exchange = Exchange(list(TRADED) if self.has_trades else [], books)
        self.rest = RestModel(self.exchange)
        self.observer = Observer(self.exchange)
        worker = self.kafka, self.rest, self.clock
        self.trade_tasks = [*trade_tasks(TRADED, *worker)] if self.has_trades else []
        self.tasks = [*self.trade_tasks]
        for market in self.markets:
            self.tasks += book_tasks(market, BOOKS[market], *worker)
        self.jobs = [self._job(TOPIC.name, CANDLES)] if self.has_trades else []
        self.jobs += [self._job(BOOK_TOPS[market].name, LIQUIDITY) for market in self.markets]

    def _job(self, topic: str, windows: object) -> RunningJob:
        job = FlinkJob(self.kafka.partitions(topic), windows, self.rule)  # type: ignore[arg-type]
        return RunningJob(job, Store(f"live {topic}"), Store(f"result of {topic}"))

    def run(self, ms: int, tick_ms: int = TICK_MS) -> None:
        """Go on for a while; every row that becomes visible is judged."""
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            self._tick(min(self.now_ms + tick_ms, end_ms))

    def _tick(self, now_ms: int) -> None:
        self.now_ms = self.clock.now_ms = now_ms
        for task in self.tasks:
            task.network.advance(now_ms)
        self.exchange.most_lag_ms = self._most_lag_ms()
        for published in self.exchange.advance(now_ms):
            for task in self.tasks:
                task.network.send(published)
        self.rest.advance(now_ms)
        for task in self.tasks:
            task.advance()
        for job in self.jobs:
            job.advance(now_ms, self.observer)

    def _most_lag_ms(self) -> dict[str, int]:
        """Return the largest lag that books may have now: a lag that nobody saw coming is no proof.

        The lag of a market's books grows step by step, each one seen by every task.
        """
        most: dict[str, int] = {}
        for task in self.tasks:
            if isinstance(task, BookTask):
                most_ms = most.get(task.market, MOST_LAG_MS)
                most[task.market] = min(most_ms, task.seen_lag_ms + LAG_STEP_MS)
        return most

    def calm(self) -> None:
        """End all faults that can end, let everything settle, and judge what stays."""
        for task in self.tasks:
            task.heal()
        for job in self.jobs:
            job.heal()
        self.rest.heal()
        self.exchange.heal()
        self.run(DRAIN_MS, 2 * TICK_MS)
        try:
            self.judge_end()
        except StaysUnknownError:  # slow answers and a hold may follow each other
            self.run(DRAIN_MS, 2 * TICK_MS)
            self.judge_end()

    def judge_end(self) -> None:
        """Judge that all is whole or marked, up to some seconds ago."""
        events = [event for part in self.kafka.partitions("feed_events") for event in part]
        for job in self.jobs:
            for store in (job.live, job.result):
                self.observer.judge_end(store, self.now_ms - NEWEST_MS, job.job.late, events)
            self.observer.judge_recovery(job.result, self.now_ms - NEWEST_MS)
