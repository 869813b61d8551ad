"""The market in time: what happens, when, to whom it is sent, and what goes wrong on the way."""
