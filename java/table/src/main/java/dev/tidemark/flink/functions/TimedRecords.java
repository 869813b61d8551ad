package dev.tidemark.flink.functions;

import java.util.Arrays;

/**
 * Records of one symbol as longs, ordered by time and sequence whatever the order they came in; a record
 * that comes twice is kept once. Its public fields are its Flink type.
 */
public final class TimedRecords {
    /** Stands for an unknown value in a record. */
    static final long UNKNOWN = Long.MIN_VALUE;

    private static final int TIME = 0;
    private static final int SEQUENCE = 1;
    private static final int FIRST_CAPACITY = 16;

    /** Longs of a record; the first two are its time in epoch milliseconds and its sequence. */
    public int width;

    /** How many records there are. */
    public int count;

    /** All records one after the other, and room for more. */
    public long[] values = {};

    /** Makes what Flink fills. */
    public TimedRecords() {
    }

    TimedRecords(int width) {
        this.width = width;
    }

    /** Adds a record; most come in order, so its place is sought from the end. */
    void add(long... record) {
        add(record, 0);
    }

    void addAll(TimedRecords others) {
        reserve(count + others.count);
        for (int index = 0; index < others.count; index++) {
            add(others.values, index * width);
        }
    }

    void clear() {
        count = 0;
    }

    long get(int index, int field) {
        return values[index * width + field];
    }

    long timeMs(int index) {
        return get(index, TIME);
    }

    /** Tells whether the next record has the same time, so that this one never held. */
    boolean isSuperseded(int index) {
        return index + 1 < count && timeMs(index + 1) == timeMs(index);
    }

    private void add(long[] source, int offset) {
        int place = count;
        while (place > 0 && compare(place - 1, source[offset], source[offset + SEQUENCE]) > 0) {
            place--;
        }
        if (place > 0 && compare(place - 1, source[offset], source[offset + SEQUENCE]) == 0) {
            return;
        }
        reserve(count + 1);
        int at = place * width;
        System.arraycopy(values, at, values, at + width, (count - place) * width);
        System.arraycopy(source, offset, values, at, width);
        count++;
    }

    private int compare(int index, long timeMs, long sequence) {
        int byTime = Long.compare(timeMs(index), timeMs);
        return byTime != 0 ? byTime : Long.compare(get(index, SEQUENCE), sequence);
    }

    private void reserve(int records) {
        if (records * width > values.length) {
            values = Arrays.copyOf(values, Math.max(records, Math.max(FIRST_CAPACITY, 2 * count)) * width);
        }
    }
}
