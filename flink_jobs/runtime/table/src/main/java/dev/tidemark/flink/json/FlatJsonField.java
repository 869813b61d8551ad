package dev.tidemark.flink.json;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;

/** A field of a record: its label as it is written, and how its value becomes a column's. */
abstract class FlatJsonField {
    /** The name in quotes, with the colon. */
    final byte[] label;

    private FlatJsonField(String name) {
        label = ('"' + name + "\":").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the field of a column; values of a type that is not handled here are always left. */
    static FlatJsonField column(String name, int index, LogicalType type) {
        return switch (type.getTypeRoot()) {
            case VARCHAR -> new Text(name, index);
            case INTEGER -> new IntNumber(name, index);
            case BIGINT -> new LongNumber(name, index);
            case DECIMAL -> new ExactNumber(name, index, (DecimalType) type);
            default -> new Other(name);
        };
    }

    /** Returns a field that no column has: its value is passed over. */
    static FlatJsonField unknown(String name) {
        return new Unknown(name);
    }

    /**
     * Reads the value at the cursor into the row; an absent value is null already.
     *
     * @return false if the value is not in the form known here
     */
    abstract boolean read(JsonCursor cursor, GenericRowData row);

    /** Text of which few values take turns, such as kinds and names: the last two are kept. */
    private static final class Text extends FlatJsonField {
        private final int index;
        private Kept last = new Kept(new byte[] {'"', '"'});
        private Kept before = last;

        Text(String name, int index) {
            super(name);
            this.index = index;
        }

        @Override
        boolean read(JsonCursor cursor, GenericRowData row) {
            if (!cursor.skip(last.quoted) && !readOther(cursor)) {
                return cursor.skipNull();
            }
            row.setField(index, last.text);
            return true;
        }

        private boolean readOther(JsonCursor cursor) {
            Kept other = before;
            if (!cursor.skip(other.quoted)) {
                byte[] quoted = cursor.readQuoted();
                if (quoted == null) {
                    return false;
                }
                other = new Kept(quoted);
            }
            before = last;
            last = other;
            return true;
        }

        private static final class Kept {
            final byte[] quoted;
            final BinaryStringData text;

            Kept(byte[] quoted) {
                this.quoted = quoted;
                text = BinaryStringData.fromBytes(quoted, 1, quoted.length - 2);
            }
        }
    }

    private static final class IntNumber extends FlatJsonField {
        private final int index;

        IntNumber(String name, int index) {
            super(name);
            this.index = index;
        }

        @Override
        boolean read(JsonCursor cursor, GenericRowData row) {
            if (!cursor.readWhole()) {
                return cursor.skipNull();
            }
            int value = (int) cursor.number();
            row.setField(index, value);
            return value == cursor.number();
        }
    }

    private static final class LongNumber extends FlatJsonField {
        private final int index;

        LongNumber(String name, int index) {
            super(name);
            this.index = index;
        }

        @Override
        boolean read(JsonCursor cursor, GenericRowData row) {
            if (!cursor.readWhole()) {
                return cursor.skipNull();
            }
            row.setField(index, cursor.number());
            return true;
        }
    }

    private static final class ExactNumber extends FlatJsonField {
        private final int index;
        private final int precision;
        private final int scale;
        private final int maxDigits;

        ExactNumber(String name, int index, DecimalType type) {
            super(name);
            this.index = index;
            precision = type.getPrecision();
            scale = type.getScale();
            maxDigits = Math.min(precision, JsonCursor.MAX_DIGITS);
        }

        @Override
        boolean read(JsonCursor cursor, GenericRowData row) {
            if (!cursor.readQuotedDecimal(maxDigits, scale)) {
                return cursor.skipNull();
            }
            row.setField(index, decimal(cursor.number()));
            return true;
        }

        private DecimalData decimal(long unscaled) {
            return DecimalData.isCompact(precision)
                    ? DecimalData.fromUnscaledLong(unscaled, precision, scale)
                    : DecimalData.fromBigDecimal(BigDecimal.valueOf(unscaled, scale), precision, scale);
        }
    }

    private static final class Unknown extends FlatJsonField {
        Unknown(String name) {
            super(name);
        }

        @Override
        boolean read(JsonCursor cursor, GenericRowData row) {
            return cursor.readQuoted() != null || cursor.readWhole() || cursor.skipNull();
        }
    }

    private static final class Other extends FlatJsonField {
        Other(String name) {
            super(name);
        }

        @Override
        boolean read(JsonCursor cursor, GenericRowData row) {
            return cursor.skipNull();
        }
    }
}
