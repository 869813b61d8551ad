package dev.tidemark.flink.functions;

import org.apache.flink.table.data.DecimalData;

/** One value over one window, only while it was known: its exact sum over time, and its extremes. */
final class HeldValue {
    private final int scale;
    private final DecimalSum sum = new DecimalSum();
    private long knownMs;
    private long minimum = Long.MAX_VALUE;
    private long maximum = TimedRecords.UNKNOWN;
    private long last = TimedRecords.UNKNOWN;

    HeldValue(int scale) {
        this.scale = scale;
    }

    /** Takes a value and for how many milliseconds it held, in order of time. */
    void hold(long unscaled, long ms) {
        last = unscaled;
        if (unscaled != TimedRecords.UNKNOWN) {
            sum.addProduct(unscaled, ms, scale);
            knownMs += ms;
            minimum = Math.min(minimum, unscaled);
            maximum = Math.max(maximum, unscaled);
        }
    }

    long knownMs() {
        return knownMs;
    }

    /** Returns the sum of value * milliseconds, null if the value was never known. */
    DecimalData sum() {
        return sum.value();
    }

    DecimalData minimum() {
        return knownMs == 0 ? null : decimal(minimum);
    }

    DecimalData maximum() {
        return decimal(maximum);
    }

    /** Returns the value at the window's end, null if it was unknown then. */
    DecimalData last() {
        return decimal(last);
    }

    private DecimalData decimal(long unscaled) {
        return unscaled == TimedRecords.UNKNOWN
                ? null : DecimalData.fromUnscaledLong(unscaled, BookColumns.PRICE_PRECISION, scale);
    }
}
