"""What ``python -m simulator --help`` teaches before its list of options; text only."""

HELP = """Serve a local Binance, spot and USD-M: WebSocket streams and REST on one port.

What happens on it is a recorded capture or a synthetic market:

\b
  python -m simulator --capture captures/ --speed 60
  python -m simulator --synthetic BTCUSDT,ETHUSDT --seed 7
  python -m simulator --synthetic 500 --market all

Clients of spot connect to ws://HOST:PORT/stream or /ws and to http://HOST:PORT/api/v3, those of
USD-M to /public, /market or /private before /stream or /ws, and to /fapi/v1. A capture starts when
somebody subscribes to one of its streams, so nothing is missed; REST shows only what has happened
so far. A synthetic perpetual follows the price of its spot market when both are served.

Faults are set while it runs, or with --fault from the start:

\b
  curl -X POST HOST:PORT/control/faults -d '{"kind":"cut","seconds":2}'
  curl HOST:PORT/control/status

\b
  cut         reset every connection, refuse reconnects for SECONDS
  drop, duplicate, corrupt, reorder     the next COUNT frames of STREAM
  delay       hold COUNT frames of STREAM back for SECONDS of exchange time
  silence     STREAM says nothing for SECONDS of exchange time, and never what it kept silent
  stall       the same, but then it says all of it at once
  refuse      answer handshakes with STATUS, COUNT times or for SECONDS
  shutdown    announce serverShutdown, close after LEAD_SECONDS
  rest_error  answer the next COUNT calls (of ENDPOINT) with STATUS and RETRY_AFTER_SECONDS
  stale_snapshot  answer the next COUNT calls of depth with the books of the trigger's moment
  slow_snapshot   answer the next COUNT calls of depth after SECONDS

A STREAM of USD-M is named with its path, public/btcusdt@depth, and its ENDPOINT as fapi/depth.

Each takes after_frames or at_event_time_ms as its trigger.
"""
