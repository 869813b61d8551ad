"""A local Binance: WebSocket streams and REST over a recorded or a synthetic market.

May import `market` and web libraries. Knows the exchange's protocol, not our connectors.
"""
