"""Values, and the types of the dictionary, as Trino's SQL writes them.

Pure: any environment may import this.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from market.dictionary.fields import Field, Kind
from market.touched_ranges import TouchedRange

FIRST_MS, LAST_MS = 0, 253_402_300_799_000
"""The years 1970 to 9999."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MONGODB_DIGITS, ICEBERG_DIGITS = 3, 6
"""Digits of a second that each store keeps of an instant."""

_TYPES: dict[Kind, str] = {
    Kind.STRING: "varchar",
    Kind.LONG: "bigint",
    Kind.INT: "integer",
    Kind.DOUBLE: "double",
    Kind.BOOLEAN: "boolean",
}


def instant(moment: datetime | date | int) -> str:
    """Return an instant as a literal in UTC, with as many digits of a second as it needs.

    Args:
        moment: an aware time, a day for its first instant, or epoch milliseconds.
    """
    if isinstance(moment, int):
        moment = _EPOCH + timedelta(milliseconds=moment)
    if not isinstance(moment, datetime):
        return f"TIMESTAMP '{moment} 00:00:00 UTC'"
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return (
        f"TIMESTAMP '{text.removesuffix('000')} UTC'" if "." in text else f"TIMESTAMP '{text} UTC'"
    )


def quoted(text: str) -> str:
    """Return a text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def range_rows(ranges: Sequence[TouchedRange]) -> str:
    """Return ranges as rows of a VALUES clause."""
    return ",\n  ".join(
        f"({quoted(one.market)}, {quoted(one.symbol)}, {instant(one.from_time_ms)}, "
        f"{instant(one.to_time_ms)})"
        for one in ranges
    )


def trino_type(field: Field, second_digits: int) -> str:
    """Return the type of a field, in lower case.

    Args:
        field: of the dictionary.
        second_digits: of an instant, `MONGODB_DIGITS` or `ICEBERG_DIGITS`.
    """
    match field.kind:
        case Kind.DECIMAL:
            return f"decimal({field.precision},{field.scale})"
        case Kind.DECIMALS:
            return f"array(decimal({field.precision},{field.scale}))"
        case Kind.TIMESTAMP:
            return f"timestamp({second_digits}) with time zone"
    return _TYPES[field.kind]
