"""The introduction that ``python -m simulator --help`` shows before its options; text only."""

HELP = """Serve a local Binance, spot and USD-M: WebSocket streams and REST on one port.

It plays a recorded capture or a synthetic market:

\b
  python -m simulator --capture captures/ --speed 60
  python -m simulator --synthetic BTCUSDT,ETHUSDT --seed 7
  python -m simulator --synthetic 500 --market all

Clients of spot connect to ws://HOST:PORT/stream or /ws and to http://HOST:PORT/api/v3, those of
USD-M to /public, /market or /private before /stream or /ws, and to /fapi/v1. A capture starts when
a client subscribes to one of its streams, so nothing is missed; REST shows only what has happened
so far. A synthetic perpetual follows the price of its spot market when both are served.

Faults are set while it runs, or with --fault from the start:

\b
  curl -X POST HOST:PORT/control/faults -d '{"kind":"cut","seconds":2}'
  curl -X POST HOST:PORT/control/pace -d '{"factor":0.1}'
  curl HOST:PORT/control/status

Faults of connections; SECONDS are real:

\b
  cut         reset every connection, or those of a STREAM, SYMBOL or MARKET, or the CONNECTION
              "oldest", "newest" or a number of /control/status; refuse reconnects for SECONDS
  refuse      answer handshakes with STATUS, COUNT times or for SECONDS
  shutdown    announce serverShutdown, close after LEAD_SECONDS
  subscribe_error   answer the next COUNT SUBSCRIBEs with an error, or all for SECONDS
  subscribe_mute    ignore a SUBSCRIBE of more than LONGEST_BYTES, for SECONDS or until deleted

Faults of frames of a STREAM, SYMBOL or MARKET, or of all; SECONDS are the exchange's. REST knows
what happened:

\b
  drop, duplicate, corrupt    the next COUNT frames, or all for SECONDS
  mistime     E and T of the next COUNT frames in microseconds, or of all for SECONDS
  absurd_id   after the next trade, a copy of it with TRADE_ID  [default: 9000000000000]
  reorder     swap COUNT pairs of neighbours
  delay       hold COUNT frames back for SECONDS
  silence     send nothing for SECONDS, and never what was withheld
  dead        send nothing until deleted
  stall       the same as silence, but then send all of it at once
  lag         publish up to PEAK_SECONDS late, rising and falling over SECONDS: E is later, T is not

drop, silence and dead may name a CONNECTION: the others get the frames.

Faults of REST calls of an ENDPOINT, SYMBOL or MARKET, or of all; COUNT calls, or all for real
SECONDS:

\b
  rest_error  answer with STATUS, CODE and RETRY_AFTER_SECONDS; with BAN_SECONDS the body says
              "IP banned until", in epoch milliseconds of the real clock
  slow_rest   answer after SECONDS; with DELAY_SECONDS, after these, for COUNT calls or SECONDS
  html        answer with status 200 and an HTML page
  empty_page  answer historicalTrades with []
  poison_row  spoil the middle row of historicalTrades, or that of TRADE_ID, by VARIANT:
              zero_price, long_price, zero_quantity or microseconds
  stale_snapshot  answer the next COUNT calls of depth with the books at the trigger
  slow_snapshot   answer the next COUNT calls of depth after SECONDS

Permanent faults of the market itself, in every stream and in REST:

\b
  reset_ids   trade ids of SYMBOL restart from FIRST_ID  [default: 1]
  delist      SYMBOL is no longer listed: no frames, and REST answers 400 with -1121

A STREAM of USD-M is named with its path, public/btcusdt@depth, and its ENDPOINT as fapi/depth.
DELETE /control/faults clears all, /control/faults/ID one. Of several at once, those of the market
act first; frames then pass the others in the order in which they were set (what one holds back
passes the later ones when it is released); a call is slow, then refused, then HTML, then stale,
empty or poisoned.

Each fault takes after_frames or at_event_time_ms as its trigger.

With --journal what the market really did is recorded, whatever clients got of it, in files that are
captures too: gzip text in FOLDER/spot_journal_START.gz and usdm_journal_START.gz, readable
up to the last half second while it runs. Each line is the exchange's time in ns and JSON:

\b
  1791382992341000000 {"stream":"btcusdt@trade","data":{"e":"trade",...}}      every frame
  1791382992000000000 {"lastUpdateId":7,"bids":[],"asks":[],"symbol":"BTCUSDT"}    a first book
  1791382999000000000 {"stream":"!simulator","data":{"e":"delist","E":1791382999000,"s":"ETHUSDT"}}
"""
