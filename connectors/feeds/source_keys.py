"""The configuration keys that every source of an exchange has."""

from connectors.connect import dead_letters
from connectors.connect.config import Key

EXCHANGE = Key("exchange", "live", "Where the data comes from.", choices=("live", "simulator"))
SYMBOLS = Key(
    "symbols", None, "Symbols as the exchange writes them, comma-separated: BTCUSDT,ETHUSDT."
)
SIMULATOR_URL = Key(
    "simulator.url", "http://127.0.0.1:9443", "Address of the simulator, for both protocols."
)
HEARTBEAT_INTERVAL = Key(
    "heartbeat.interval.ms",
    "1000",
    "Longest time between two heartbeats; one that closes a second comes at once.",
    50,
)
STREAM_SILENT = Key(
    "stream.silent.ms", "60000", "When a subscribed stream that never spoke is reported.", 100
)

SOURCE_KEYS = (
    EXCHANGE,
    SYMBOLS,
    SIMULATOR_URL,
    HEARTBEAT_INTERVAL,
    *dead_letters.KEYS,
)
