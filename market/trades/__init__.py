"""The completeness of a symbol's trades: ids released in order, gaps found, history asked for."""
