"""Bad input is named and counted, and everything else goes on."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from connectors.connect.errors import TopicMismatchError
from market.dictionary.tables import table
from stack import pipeline
from stack.jobs.package import OF_TRADES
from stack.settings import Settings
from tests.integration.pipelines import own_pipeline, trade_line, write_capture
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace, stores_of
from verify.replay import run
from verify.replay_plan import Replay

START_MS = 1_700_000_000_000
QUOTE_OF_A_SYMBOL_WITHOUT_TRADES = (
    START_MS + 150,
    f"{START_MS - 1_120}000000 "
    '{"stream":"solusdt@bookTicker","data":{"u":7,"s":"SOLUSDT",'
    '"b":"9.00000000","B":"1.00000000","a":"9.10000000","A":"1.00000000"}}',
)


def records(settings: Settings, name: str) -> list[dict[str, Any]]:
    """Return a one-partition topic's committed records."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=2_000,
    )
    consumer.assign([TopicPartition(settings.namespace.topic(name), 0)])
    found = [json.loads(record.value) for record in consumer]
    consumer.close()
    return found


def test_unknown_and_silent_symbols_and_corrupt_frames_are_named_and_the_rest_goes_on(
    stack: RunningStack, tmp_path: Path
) -> None:
    lines = [trade_line("BTCUSDT", 1 + n, START_MS + 200 * n) for n in range(100)]
    lines += [trade_line("ETHUSDT", 9, START_MS + 100), QUOTE_OF_A_SYMBOL_WITHOUT_TRADES]
    capture = write_capture(tmp_path / "spot_btcusdt_20231114.gz", lines)
    corrupt = {"kind": "corrupt", "stream": "btcusdt@trade", "count": 2, "after_frames": 40}
    plan = Replay(
        files=[capture],
        symbols=["BTCUSDT", "NOSUCHUSDT", "ETHUSDT", "SOLUSDT"],
        speed="5",
        expected={"trades": 101, "candles_1s": 20},
        faults=[json.dumps(corrupt)],
        connector={"connections": "1"},  # each connection brings its own broken frame
    )
    with own_pipeline(stack.settings) as own:
        pipeline.start_jobs(own, lambda _: None, OF_TRADES)
        stores = stores_of(own)
        run(own, stores, plan, lambda _: None)

        refused = [event for event in records(own, "feed_events")
                   if event["event"] == "symbol_refused"]  # fmt: skip
        assert [event["symbol"] for event in refused] == ["NOSUCHUSDT"]
        letters = records(own, "dead_letters")
        assert len(letters) == 2
        assert all(letter["reason"] and letter["payload"] for letter in letters)
        kept = stores.lake.table(table("dead_letters")).scan().to_arrow().num_rows
        assert kept == 2

        # The two trades that came broken were fetched from REST before their windows closed.
        trades = {key[1:]: row for key, row in stores.readers("trades")["bronze"]()}
        assert len(trades) == 101
        assert sum(row["source"] == "backfill" for row in trades.values()) >= 2
        windows = [row for key, row in stores.readers("candles_1s")["silver"]()
                   if key[1] == "BTCUSDT"]  # fmt: skip
        assert all(row["missing_trades"] in (0, None) for row in windows)
        assert sum(row["backfilled_trades"] for row in windows) >= 2
        assert "SOLUSDT" not in {key[0] for key in trades}


def test_a_topic_with_other_settings_is_refused_by_name_before_anything_is_written(
    stack: RunningStack,
) -> None:
    own = own_namespace(stack.settings)
    name = own.namespace.topic("trades.binance-spot")
    admin = KafkaAdminClient(bootstrap_servers=own.kafka.bootstrap_servers)
    admin.create_topics([NewTopic(name=name, num_partitions=3, replication_factor=1)])
    time.sleep(1)
    try:
        with pytest.raises(TopicMismatchError, match="expected 4 partitions, found 3") as refused:
            pipeline.make_ready(own, lambda _: None)
        assert name in str(refused.value)
    finally:
        pipeline.tear_down(own)
        admin.close()
