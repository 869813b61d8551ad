package dev.tidemark.flink.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A position in a message, and the number read last. What does not find what it looks for stays where it is. */
final class JsonCursor {
    /** Decimal digits that a long always holds. */
    static final int MAX_DIGITS = 18;

    private static final byte[] NULL = {'n', 'u', 'l', 'l'};
    private static final long[] TENS = new long[MAX_DIGITS + 1];

    static {
        TENS[0] = 1;
        for (int power = 1; power <= MAX_DIGITS; power++) {
            TENS[power] = 10 * TENS[power - 1];
        }
    }

    private byte[] message;
    private int at;
    private long number;

    void start(byte[] newMessage) {
        message = newMessage;
        at = 0;
    }

    boolean atEnd() {
        return at == message.length;
    }

    /** Where the cursor is in the message. */
    int at() {
        return at;
    }

    byte[] message() {
        return message;
    }

    /** The number read last; of a decimal, all its digits at the scale asked for. */
    long number() {
        return number;
    }

    boolean skip(char expected) {
        if (peek() != expected) {
            return false;
        }
        at++;
        return true;
    }

    boolean skip(byte[] expected) {
        return skip(expected, 0, expected.length);
    }

    /** Skips what stands between two positions of some bytes. */
    boolean skip(byte[] expected, int from, int to) {
        int end = at + to - from;
        if (end > message.length || !Arrays.equals(message, at, end, expected, from, to)) {
            return false;
        }
        at = end;
        return true;
    }

    boolean skipNull() {
        return skip(NULL);
    }

    /** Returns a name and skips it with its colon; null when none comes. */
    String readLabel() {
        int start = at;
        if (skipQuoted() && skip(':')) {
            return new String(message, start + 1, at - start - 3, StandardCharsets.US_ASCII);
        }
        at = start;
        return null;
    }

    /** Skips a string of printable ASCII without escapes. */
    boolean skipQuoted() {
        if (peek() != '"') {
            return false;
        }
        int end = at + 1;
        while (end < message.length && message[end] != '"') {
            // Bytes beyond ASCII are negative.
            if (message[end] < ' ' || message[end] == '\\') {
                return false;
            }
            end++;
        }
        if (end == message.length) {
            return false;
        }
        at = end + 1;
        return true;
    }

    /** Reads a whole number of at most 18 digits. */
    boolean readWhole() {
        int start = at;
        boolean negative = skip('-');
        int count = readDigits(0);
        boolean leadingZero = count > 1 && message[at - count] == '0';
        if (count == 0 || count > MAX_DIGITS || leadingZero) {
            at = start;
            return false;
        }
        number = negative ? -number : number;
        return true;
    }

    /**
     * Reads a decimal in quotes that needs no rounding.
     *
     * @param maxDigits of the result, at most 18
     * @param scale digits after the point that the result has
     */
    boolean readQuotedDecimal(int maxDigits, int scale) {
        int start = at;
        if (skip('"') && readDecimal(maxDigits, scale) && skip('"')) {
            return true;
        }
        at = start;
        return false;
    }

    private boolean readDecimal(int maxDigits, int scale) {
        boolean negative = skip('-');
        int whole = readDigits(0);
        if (whole == 0 || whole > maxDigits - scale) {
            return false;
        }
        boolean pointed = skip('.');
        int fraction = pointed ? readDigits(number) : 0;
        if (fraction > scale || pointed && fraction == 0) {
            return false;
        }
        long unscaled = number * TENS[scale - fraction];
        number = negative ? -unscaled : unscaled;
        return true;
    }

    /** Appends the digits that come to a number and returns how many they are; beyond 18 it is wrong. */
    private int readDigits(long before) {
        int start = at;
        long value = before;
        while (at < message.length) {
            int digit = message[at] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = 10 * value + digit;
            at++;
        }
        number = value;
        return at - start;
    }

    private int peek() {
        return at < message.length ? message[at] : -1;
    }
}
