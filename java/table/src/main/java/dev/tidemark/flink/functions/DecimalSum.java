package dev.tidemark.flink.functions;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.flink.table.data.DecimalData;

/**
 * A running sum of decimals of one scale, as an integer of 192 bits: three words, of which the first two
 * do the work.
 *
 * <p>Every summand must fit {@code DECIMAL(38, scale)} and so must the result, but nothing in between: a
 * sum cannot overflow or not depending on the order in which its rows came. Its public fields are its
 * Flink type.
 */
public final class DecimalSum {
    static final int PRECISION = 38;
    private static final BigInteger LIMIT = BigInteger.TEN.pow(PRECISION);
    private static final int WORD_BITS = Long.SIZE;

    /** Whether anything was added; the sum of nothing is NULL. */
    public boolean present;

    /** Digits after the point of every summand. */
    public int scale;

    /** Lowest word, unsigned. */
    public long low;

    /** Middle word; its sign is that of the number as long as {@code carries} is zero. */
    public long high;

    /** How often the lower words wrapped around, in multiples of 2<sup>128</sup>. */
    public long carries;

    /**
     * Adds a decimal.
     *
     * @param unscaled its digits as an integer
     * @param summandScale how many of them stand after the point
     */
    void add(long unscaled, int summandScale) {
        start(summandScale);
        addWords(unscaled >> (WORD_BITS - 1), unscaled);
    }

    /** Adds the product of two unscaled decimals: below 2<sup>126</sup>, so it always fits. */
    void addProduct(long left, long right, int summandScale) {
        start(summandScale);
        addWords(Math.multiplyHigh(left, right), left * right);
    }

    /**
     * Adds a decimal of any size.
     *
     * @throws ArithmeticException if it has more than 38 digits
     */
    void add(BigInteger unscaled, int summandScale) {
        requireFit(unscaled, summandScale, "summand");
        start(summandScale);
        addWords(unscaled.shiftRight(WORD_BITS).longValue(), unscaled.longValue());
    }

    void add(DecimalSum other) {
        if (other.present) {
            start(other.scale);
            carries += other.carries;
            addWords(other.high, other.low);
        }
    }

    void clear() {
        present = false;
        low = 0;
        high = 0;
        carries = 0;
    }

    /**
     * Returns the sum as {@code DECIMAL(38, scale)}, or null if nothing was added.
     *
     * @throws ArithmeticException if it has more than 38 digits
     */
    DecimalData value() {
        if (!present) {
            return null;
        }
        boolean oneWord = carries == 0 && high == low >> (WORD_BITS - 1);
        BigDecimal value = oneWord ? BigDecimal.valueOf(low, scale) : new BigDecimal(threeWords(), scale);
        return DecimalData.fromBigDecimal(value, PRECISION, scale);
    }

    private BigInteger threeWords() {
        BigInteger unsignedLow = BigInteger.valueOf(low >>> 1).shiftLeft(1).add(BigInteger.valueOf(low & 1));
        BigInteger upper = BigInteger.valueOf(carries).shiftLeft(WORD_BITS).add(BigInteger.valueOf(high));
        BigInteger sum = upper.shiftLeft(WORD_BITS).add(unsignedLow);
        requireFit(sum, scale, "sum");
        return sum;
    }

    private void start(int summandScale) {
        if (present && scale != summandScale) {
            throw new IllegalStateException("expected summands of scale " + scale + ", found " + summandScale);
        }
        present = true;
        scale = summandScale;
    }

    private void addWords(long upper, long lower) {
        long newLow = low + lower;
        long carry = Long.compareUnsigned(newLow, lower) < 0 ? 1 : 0;
        long newHigh = high + upper + carry;
        if (((high ^ newHigh) & (upper ^ newHigh)) < 0) {
            carries += upper < 0 ? -1 : 1;
        }
        low = newLow;
        high = newHigh;
    }

    private static void requireFit(BigInteger unscaled, int scale, String what) {
        if (unscaled.abs().compareTo(LIMIT) >= 0) {
            throw new ArithmeticException("decimal " + what + " " + new BigDecimal(unscaled, scale).toPlainString()
                    + " does not fit DECIMAL(" + PRECISION + ", " + scale + "); lower the scale of the input");
        }
    }
}
