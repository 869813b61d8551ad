"""Keys of Prefect's artifacts, which take ``[a-z0-9-]`` only."""

import re
from hashlib import sha256

_TAKEN = re.compile(r"[a-z0-9-]+")
_NOT_TAKEN = re.compile(r"[^a-z0-9]+")
_HASH_CHARACTERS = 8


def artifact_key(*parts: str) -> str:
    """Return a key for some names: readable, stable, and unique to these names.

    Names in upper or lower case become ``report-binance-spot-btcusdt``. What Prefect does not take
    becomes ``-``, and a hash of the names keeps the key apart from others.
    """
    text = "-".join(parts).lower()
    if _TAKEN.fullmatch(text):
        return text
    readable = _NOT_TAKEN.sub("-", text).strip("-")
    digest = sha256("\0".join(parts).encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"{readable}-{digest}"
