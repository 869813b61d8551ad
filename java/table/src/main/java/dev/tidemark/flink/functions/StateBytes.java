package dev.tidemark.flink.functions;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How {@link BookState} writes a record: its numbers as longs, then, of a known book, the values that are
 * only told of a window's last record, each after its length in two bytes; a missing one has length -1.
 */
final class StateBytes {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final short MISSING = -1;

    private StateBytes() {
    }

    static byte[] of(byte[][] values, long... numbers) {
        int size = numbers.length * Long.BYTES;
        for (byte[] value : values) {
            size += Short.BYTES + (value == null ? 0 : value.length);
        }
        byte[] state = new byte[size];
        int at = 0;
        for (long number : numbers) {
            LONG.set(state, at, number);
            at += Long.BYTES;
        }
        for (byte[] value : values) {
            at = put(state, at, value);
        }
        return state;
    }

    private static int put(byte[] state, int at, byte[] value) {
        SHORT.set(state, at, value == null ? MISSING : (short) value.length);
        int start = at + Short.BYTES;
        if (value == null) {
            return start;
        }
        System.arraycopy(value, 0, state, start, value.length);
        return start + value.length;
    }

    static long number(byte[] state, int index) {
        return (long) LONG.get(state, index * Long.BYTES);
    }

    static long[] numbers(byte[] state, int count) {
        long[] numbers = new long[count];
        for (int index = 0; index < count; index++) {
            numbers[index] = number(state, index);
        }
        return numbers;
    }

    /** Returns a value by its position, null if it is missing. */
    static byte[] value(byte[] state, int position) {
        int at = BookStates.WIDTH * Long.BYTES;
        for (int before = 0; before < position; before++) {
            at += Short.BYTES + Math.max(0, length(state, at));
        }
        int length = length(state, at);
        int start = at + Short.BYTES;
        return length == MISSING ? null : Arrays.copyOfRange(state, start, start + length);
    }

    private static int length(byte[] state, int at) {
        return (short) SHORT.get(state, at);
    }
}
