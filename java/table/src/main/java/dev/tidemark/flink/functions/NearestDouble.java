package dev.tidemark.flink.functions;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * The double nearest to a product of a price and a size, as {@link BigDecimal#doubleValue} gives it too,
 * which for so many digits goes through text.
 */
final class NearestDouble {
    private static final int SCALE = 16;
    private static final long UNIT = 10_000_000_000_000_000L;
    private static final int MANTISSA_BITS = 52;
    private static final int MOST_BITS = 126;

    private NearestDouble() {
    }

    static double of(BigDecimal value) {
        if (value.scale() != SCALE || value.signum() <= 0) {
            return value.doubleValue();
        }
        BigInteger unscaled = value.unscaledValue();
        long low = unscaled.longValue();
        double estimate = unscaled.bitLength() <= MOST_BITS ? toDouble(unscaled, low) / UNIT : 0;
        int exponent = Math.getExponent(estimate) - MANTISSA_BITS;
        long mantissa = (long) Math.scalb(estimate, -exponent);
        // Beyond one word, and next to a power of two, where doubles are not evenly apart.
        if (exponent > 0 || exponent <= -Long.SIZE || mantissa <= (1L << MANTISSA_BITS) + 2) {
            return value.doubleValue();
        }
        // Both terms may wrap around; their difference, of a few units, does not.
        long rest = (low << -exponent) - mantissa * UNIT;
        while (rest > UNIT / 2 || rest == UNIT / 2 && mantissa % 2 != 0) {
            mantissa++;
            rest -= UNIT;
        }
        while (rest < -UNIT / 2 || rest == -UNIT / 2 && mantissa % 2 != 0) {
            mantissa--;
            rest += UNIT;
        }
        return Math.scalb((double) mantissa, exponent);
    }

    private static double toDouble(BigInteger unscaled, long low) {
        double lowest = low >= 0 ? low : 2.0 * (low >>> 1 | low & 1);
        return unscaled.shiftRight(Long.SIZE).longValue() * 0x1p64 + lowest;
    }
}
