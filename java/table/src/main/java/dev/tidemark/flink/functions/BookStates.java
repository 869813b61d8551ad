package dev.tidemark.flink.functions;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.types.DataType;

/**
 * What one symbol's book was in a window: the numbers of each state that are summed over time, and all
 * that is told of the last one. Its public fields are its Flink type.
 */
public final class BookStates {
    static final int TIME = 0;
    static final int SEQUENCE = 1;

    /** The exchange's id of the last change; of a book that is unknown, whether it was lost just then. */
    static final int UPDATE_ID = 2;

    /** When the book last changed; UNKNOWN also of a known book when only a snapshot told of the change. */
    static final int QUOTE_TIME = 3;

    /** UNKNOWN while the book is. */
    static final int BID_PRICE = 4;

    static final int ASK_PRICE = 5;
    static final int SPREAD_BPS = 6;

    /** First of three imbalances, over 1, 5 and 20 levels. */
    static final int IMBALANCE = 7;

    static final int IMBALANCES = 3;
    static final int WIDTH = IMBALANCE + IMBALANCES;

    /** Length of the window; zero as long as it has no record. */
    public long lengthMs;

    /** Every record of the window. */
    public TimedRecords records = new TimedRecords(WIDTH);

    /** The last record, as {@link BookState} wrote it. */
    public byte[] last;

    static DataType type(DataTypeFactory types) {
        return DataTypes.STRUCTURED(BookStates.class,
                DataTypes.FIELD("lengthMs", DataTypes.BIGINT().notNull().bridgedTo(long.class)),
                DataTypes.FIELD("records", types.createDataType(TimedRecords.class)),
                DataTypes.FIELD("last", DataTypes.BYTES()));
    }

    /** Adds a record of a window of some length. */
    void add(long windowLengthMs, byte[] state) {
        lengthMs = windowLengthMs;
        if (isLast(StateBytes.number(state, TIME), StateBytes.number(state, SEQUENCE))) {
            last = state;
        }
        records.add(StateBytes.numbers(state, WIDTH));
    }

    /** Tells whether a record comes after all that are here. */
    private boolean isLast(long timeMs, long sequence) {
        int newest = records.count - 1;
        return newest < 0 || timeMs > records.timeMs(newest)
                || timeMs == records.timeMs(newest) && sequence > records.get(newest, SEQUENCE);
    }

    void add(BookStates other) {
        if (other.records.count > 0) {
            int newest = other.records.count - 1;
            if (isLast(other.records.timeMs(newest), other.records.get(newest, SEQUENCE))) {
                last = other.last;
            }
            lengthMs = other.lengthMs;
            records.addAll(other.records);
        }
    }

    void clear() {
        lengthMs = 0;
        records.clear();
        last = null;
    }

    /** Returns one of the values that the last record tells, null if it is missing; the book is known then. */
    byte[] lastValue(int position) {
        return StateBytes.value(last, position);
    }

    long endMs() {
        return records.timeMs(0) - Math.floorMod(records.timeMs(0), lengthMs) + lengthMs;
    }

    boolean isKnown(int index) {
        return records.get(index, BID_PRICE) != TimedRecords.UNKNOWN;
    }

    boolean isLost(int index) {
        return !isKnown(index) && records.get(index, UPDATE_ID) == 1;
    }

    /** Tells whether a record is a change of the book that no record before it in the window told. */
    boolean isChange(int index) {
        if (records.get(index, QUOTE_TIME) != records.timeMs(index)) {
            return false;
        }
        for (int before = index - 1; before >= 0 && records.timeMs(before) == records.timeMs(index); before--) {
            if (isKnown(before) && records.get(before, UPDATE_ID) == records.get(index, UPDATE_ID)) {
                return false;
            }
        }
        return true;
    }
}
