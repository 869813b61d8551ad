package dev.tidemark.flink.functions;

import java.util.Arrays;

/** Pairs of longs, and room for more. Its public fields are its Flink type. */
public final class Pairs {
    private static final int WIDTH = 2;

    /** How many pairs there are. */
    public int count;

    /** All pairs one after the other, and room for more. */
    public long[] values = {};

    void add(long first, long second) {
        reserve(count + 1);
        values[count * WIDTH] = first;
        values[count * WIDTH + 1] = second;
        count++;
    }

    void addAll(Pairs others) {
        reserve(count + others.count);
        System.arraycopy(others.values, 0, values, count * WIDTH, others.count * WIDTH);
        count += others.count;
    }

    long[] toArray() {
        return Arrays.copyOf(values, count * WIDTH);
    }

    private void reserve(int pairs) {
        if (pairs * WIDTH > values.length) {
            values = Arrays.copyOf(values, Math.max(pairs, 2 * count) * WIDTH);
        }
    }
}
