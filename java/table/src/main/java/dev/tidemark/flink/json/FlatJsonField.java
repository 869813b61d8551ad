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

    /**
     * Text. Often few values take turns, such as kinds and names: the last two are kept. None is copied, so
     * a text keeps its message in memory.
     */
    private static final class Text extends FlatJsonField {
        private static final Kept NONE = new Kept(new byte[] {'"', '"'}, 0, 2);

        private final int index;
        private Kept last = NONE;
        private Kept before = NONE;

        Text(String name, int index) {
            super(name);
            this.index = index;
        }

        @Override
        boolean read(JsonCursor cursor, GenericRowData row) {
            if (!last.isNext(cursor) && !readOther(cursor)) {
                return cursor.skipNull();
            }
            row.setField(index, last.text);
            return true;
        }

        private boolean readOther(JsonCursor cursor) {
            Kept other = before;
            if (!other.isNext(cursor)) {
                int start = cursor.at();
                if (!cursor.skipQuoted()) {
                    return false;
                }
                other = new Kept(cursor.message(), start, cursor.at());
            }
            before = last;
            last = other;
            return true;
        }

        /** A text in its quotes, as it stands in some message. */
        private static final class Kept {
            final BinaryStringData text;
            private final byte[] message;
            private final int from;
            private final int to;

            Kept(byte[] message, int from, int to) {
                this.message = message;
                this.from = from;
                this.to = to;
                text = BinaryStringData.fromBytes(message, from + 1, to - from - 2);
            }

            boolean isNext(JsonCursor cursor) {
                return cursor.skip(message, from, to);
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
            if (cursor.readQuotedDecimal(maxDigits, scale)) {
                row.setField(index, decimal(cursor.number()));
                return true;
            }
            return cursor.skipNull() || precision > JsonCursor.MAX_DIGITS && readLong(cursor, row);
        }

        /** Reads more digits than a long holds, as the general reader does. */
        private boolean readLong(JsonCursor cursor, GenericRowData row) {
            int start = cursor.at();
            if (!cursor.skipQuoted()) {
                return false;
            }
            String text = new String(
                    cursor.message(), start + 1, cursor.at() - start - 2, StandardCharsets.US_ASCII);
            try {
                row.setField(index, DecimalData.fromBigDecimal(new BigDecimal(text), precision, scale));
                return true;
            } catch (NumberFormatException e) {
                return false;
            }
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
            return cursor.skipQuoted() || cursor.readWhole() || cursor.skipNull();
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
