"""WebSocket text frames as bytes (RFC 6455, server to client: unmasked, not fragmented).

Encoding one recorded message once and joining many into one write is what lets one process send
tens of thousands of messages a second.
"""

import struct

_FINAL_TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    """Return a complete text frame with a UTF-8 payload."""
    size = len(payload)
    if size < 126:
        header = bytes((_FINAL_TEXT, size))
    elif size < 65536:
        header = struct.pack("!BBH", _FINAL_TEXT, 126, size)
    else:
        header = struct.pack("!BBQ", _FINAL_TEXT, 127, size)
    return header + payload
