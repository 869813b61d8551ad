package dev.tidemark.flink.functions;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.apache.flink.table.data.DecimalData;

/**
 * Quotients of a book as decimals, rounded once, half to even, to twelve decimals: sums of them are exact
 * in any order. Returned scaled by 10<sup>12</sup>.
 */
final class Ratio {
    static final int SCALE = 12;

    private static final long UNIT = 1_000_000_000_000L;

    /** 10<sup>4</sup> basis points in one. */
    private static final long BPS_UNIT = 10_000 * UNIT;

    /** Below it a double's estimate of a quotient is at most one off. */
    private static final double LARGEST_ESTIMATE = 0x1p50;

    /** Leaves room in a long for twice a remainder that is one denominator off. */
    private static final long LARGEST_DENOMINATOR = 1L << 61;

    private Ratio() {
    }

    /** Returns (ask - bid) / mid in basis points, with mid = (bid + ask) / 2. */
    static long spreadBps(long bidPrice, long askPrice) {
        long doubleMid = bidPrice + askPrice;
        return isSmall(doubleMid)
                ? quotient(2 * (askPrice - bidPrice), BPS_UNIT, doubleMid)
                : bps(askPrice - bidPrice, doubleMid).longValueExact();
    }

    /**
     * Returns 2 * |price - mid| / mid in basis points; any size, as a trade's price may be far off.
     *
     * @param price of the trade, at the scale of the book's prices
     * @param doubleMid best bid + best ask
     */
    static BigInteger effectiveSpreadBps(long price, long doubleMid) {
        return bps(Math.abs(2 * price - doubleMid), doubleMid);
    }

    /** Returns (bid - ask) / (bid + ask) of two sizes, UNKNOWN if one is or both are zero. */
    static long imbalance(DecimalData bidSize, DecimalData askSize) {
        if (bidSize == null || askSize == null) {
            return TimedRecords.UNKNOWN;
        }
        BigDecimal bid = bidSize.toBigDecimal();
        BigDecimal ask = askSize.toBigDecimal();
        BigDecimal both = bid.add(ask);
        if (both.signum() == 0) {
            return TimedRecords.UNKNOWN;
        }
        BigInteger difference = bid.subtract(ask).unscaledValue();
        BigInteger sum = both.unscaledValue();
        return sum.bitLength() < Long.SIZE && isSmall(sum.longValue())
                ? quotient(difference.longValue(), UNIT, sum.longValue())
                : exactQuotient(difference, UNIT, sum).longValueExact();
    }

    private static BigInteger bps(long difference, long doubleMid) {
        return exactQuotient(BigInteger.valueOf(2 * difference), BPS_UNIT, BigInteger.valueOf(doubleMid));
    }

    private static boolean isSmall(long denominator) {
        return denominator > 0 && denominator <= LARGEST_DENOMINATOR;
    }

    /** Returns numerator * factor / denominator, for a denominator that is small. */
    private static long quotient(long numerator, long factor, long denominator) {
        double estimate = (double) numerator / denominator * factor;
        if (Math.abs(estimate) > LARGEST_ESTIMATE) {
            return exactQuotient(BigInteger.valueOf(numerator), factor, BigInteger.valueOf(denominator))
                    .longValueExact();
        }
        long floor = (long) Math.floor(estimate);
        // Both products may wrap around; their difference, a remainder or a denominator off it, does not.
        long remainder = numerator * factor - floor * denominator;
        if (remainder < 0) {
            floor--;
            remainder += denominator;
        } else if (remainder >= denominator) {
            floor++;
            remainder -= denominator;
        }
        boolean up = 2 * remainder > denominator || 2 * remainder == denominator && floor % 2 != 0;
        return up ? floor + 1 : floor;
    }

    private static BigInteger exactQuotient(BigInteger numerator, long factor, BigInteger denominator) {
        return new BigDecimal(numerator.multiply(BigInteger.valueOf(factor)))
                .divide(new BigDecimal(denominator), 0, RoundingMode.HALF_EVEN)
                .unscaledValue();
    }
}
