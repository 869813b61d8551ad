"""A local Binance: WebSocket streams and REST over a recorded or a synthetic market.

May import `market` and web libraries. Knows the exchange's protocol, not our connectors.

Entry points: ``python -m simulator`` (see ``--help``), `simulator.server.Simulator` and `serve`
with a `simulator.engine.config.SimulatorConfig` and a feed: `simulator.captures.feed.CaptureFeed`
or `simulator.synthetic.feed.SyntheticFeed`. Faults are described by `simulator.engine.faults`.
"""
