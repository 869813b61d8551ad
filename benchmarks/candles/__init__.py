"""How fast the `candles` job is, beside hand-written consumers of the same trades.

`measure` runs in the project's environment; `preload` and the peers run in `.venv-bench`. What
both need (`trades`, `meter`, `windows`) is limited to the standard library and `market`.
"""
