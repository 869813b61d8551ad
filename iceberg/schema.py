"""Iceberg schemas, partition specs and sort orders, derived from `market.dictionary.tables`."""

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg.types import (
    BooleanType,
    DecimalType,
    DoubleType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from market.dictionary.fields import Field, Kind
from market.dictionary.schemas import Table

_TYPES: dict[Kind, IcebergType] = {
    Kind.STRING: StringType(),
    Kind.LONG: LongType(),
    Kind.INT: IntegerType(),
    Kind.DOUBLE: DoubleType(),
    Kind.BOOLEAN: BooleanType(),
    Kind.TIMESTAMP: TimestamptzType(),
}

PROPERTIES = {
    "format-version": "2",
    "write.format.default": "parquet",
    "write.parquet.compression-codec": "zstd",
    # Kafka's keys already bring each symbol to one writer; a second shuffle would buy nothing.
    "write.distribution-mode": "none",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}
"""Format 2 because neither pyiceberg nor Trino 476 can write version 3."""


_FIRST_ELEMENT_ID = 500
"""Above every column's id, below those of partitions."""


def iceberg_type(field: Field, element_id: int = 0) -> IcebergType:
    """Return the Iceberg type of a field; the elements of an array have an id of their own."""
    if field.kind is Kind.DECIMAL:
        return DecimalType(field.precision, field.scale)
    if field.kind is Kind.DECIMALS:
        element = DecimalType(field.precision, field.scale)
        return ListType(element_id, element, element_required=False)
    return _TYPES[field.kind]


def iceberg_schema(table: Table) -> Schema:
    """Return a table's Iceberg schema; ids follow the order of the columns, all are optional."""
    return Schema(
        *(
            NestedField(
                number,
                field.name,
                iceberg_type(field, _FIRST_ELEMENT_ID + number),
                required=False,
                doc=field.description,
            )
            for number, field in enumerate(table.fields, start=1)
        )
    )


def partition_spec(table: Table) -> PartitionSpec:
    """Return hidden partitioning: day of the time column, and buckets of `symbol` if asked."""
    schema = iceberg_schema(table)
    day = PartitionField(
        source_id=schema.find_field(table.time).field_id,
        field_id=1000,
        transform=DayTransform(),
        name="day",
    )
    if not table.buckets:
        return PartitionSpec(day)
    bucket = PartitionField(
        source_id=schema.find_field("symbol").field_id,
        field_id=1001,
        transform=BucketTransform(table.buckets),
        name="symbol_bucket",
    )
    return PartitionSpec(day, bucket)


def sort_order(table: Table) -> SortOrder:
    """Return the order that compaction sorts a table's files by."""
    schema = iceberg_schema(table)
    return SortOrder(
        *(
            SortField(source_id=schema.find_field(name).field_id, transform=IdentityTransform())
            for name in table.sort
        )
    )
