"""A local Binance: WebSocket streams and REST over a recorded or a synthetic market.

May import `market` and web libraries. Knows the exchange's protocol, not our connectors.

Public doors: ``python -m simulator`` (see ``--help``), `simulator.server.Simulator` and `serve`
with a `simulator.config.SimulatorConfig` and a feed: `simulator.captures.CaptureFeed` or
`simulator.synthetic.feed.SyntheticFeed`. Faults are described by `simulator.faults`.
"""
