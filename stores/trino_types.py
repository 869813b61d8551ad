"""The types of the dictionary as Trino names them. Pure: any environment may import this."""

from market.dictionary.fields import Field, Kind

MONGODB_DIGITS, ICEBERG_DIGITS = 3, 6
"""Digits of a second that each store keeps of an instant."""

_TYPES: dict[Kind, str] = {
    Kind.STRING: "varchar",
    Kind.LONG: "bigint",
    Kind.INT: "integer",
    Kind.DOUBLE: "double",
    Kind.BOOLEAN: "boolean",
}


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
