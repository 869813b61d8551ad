package dev.tidemark.flink.mongodb;

import java.util.concurrent.TimeUnit;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.bson.BsonBinary;
import org.bson.BsonWriter;
import org.bson.types.Decimal128;

/** Writes values of one SQL type, as Flink holds them, straight into BSON. */
@FunctionalInterface
interface ValueWriter {
    /**
     * Writes a value that is not null.
     *
     * @throws IllegalArgumentException if BSON cannot hold it
     */
    void write(BsonWriter out, Object value);

    default void writeNullable(BsonWriter out, Object value) {
        if (value == null) {
            out.writeNull();
        } else {
            write(out, value);
        }
    }

    /**
     * Returns the writer of a type.
     *
     * @throws IllegalArgumentException if BSON has no counterpart
     */
    static ValueWriter of(LogicalType type) {
        return switch (type.getTypeRoot()) {
            case CHAR, VARCHAR -> (out, value) -> out.writeString(value.toString());
            case BOOLEAN -> (out, value) -> out.writeBoolean((Boolean) value);
            case BINARY, VARBINARY -> (out, value) -> out.writeBinaryData(new BsonBinary((byte[]) value));
            case TINYINT, SMALLINT, INTEGER -> (out, value) -> out.writeInt32(((Number) value).intValue());
            case BIGINT -> (out, value) -> out.writeInt64((Long) value);
            case FLOAT, DOUBLE -> (out, value) -> out.writeDouble(((Number) value).doubleValue());
            case DECIMAL -> (out, value) -> out.writeDecimal128(decimal128((DecimalData) value));
            case DATE -> (out, value) -> out.writeDateTime(TimeUnit.DAYS.toMillis((Integer) value));
            // BSON dates have milliseconds; what a TIMESTAMP(6) or (9) has below them is dropped.
            case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
                    (out, value) -> out.writeDateTime(((TimestampData) value).getMillisecond());
            case ARRAY -> new NestedWriters.OfArray((ArrayType) type);
            case ROW -> new NestedWriters.OfRow((RowType) type);
            case MAP -> new NestedWriters.OfMap((MapType) type);
            default -> throw new IllegalArgumentException("type " + type + " has no counterpart in BSON; CAST it");
        };
    }

    private static Decimal128 decimal128(DecimalData value) {
        try {
            return new Decimal128(value.toBigDecimal());
        } catch (NumberFormatException e) {
            int digits = value.toBigDecimal().stripTrailingZeros().precision();
            throw new IllegalArgumentException("decimal " + value + " has " + digits
                    + " significant digits, expected at most the 34 of a Decimal128", e);
        }
    }
}
