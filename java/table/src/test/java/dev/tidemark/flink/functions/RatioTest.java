package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Random;
import org.apache.flink.table.data.DecimalData;
import org.junit.jupiter.api.Test;

/** Quotients equal those of decimals of any length, whatever way they are found. */
class RatioTest {
    private static final int ROUNDS = 200_000;
    private final Random random = new Random(7);

    @Test
    void aSpreadIsRoundedOnceFromPricesOfAnySize() {
        for (int round = 0; round < ROUNDS; round++) {
            long bid = digits(1 + random.nextInt(18));
            long ask = bid + digits(1 + random.nextInt(round % 2 == 0 ? 4 : 17));
            BigDecimal bps = BigDecimal.valueOf(2 * (ask - bid))
                    .divide(BigDecimal.valueOf(bid + ask), 16, RoundingMode.HALF_EVEN);
            assertThat(Ratio.spreadBps(bid, ask)).isEqualTo(bps.unscaledValue().longValueExact());
        }
    }

    @Test
    void anImbalanceIsRoundedOnceFromSizesOfAnySize() {
        for (int round = 0; round < ROUNDS; round++) {
            BigDecimal bid = BigDecimal.valueOf(digits(1 + random.nextInt(18)), 8);
            BigDecimal ask = BigDecimal.valueOf(digits(1 + random.nextInt(18)), 8);
            if (round % 5 == 0) {
                bid = bid.add(BigDecimal.TEN.pow(random.nextInt(20)));
            }
            BigDecimal expected = bid.subtract(ask).divide(bid.add(ask), 12, RoundingMode.HALF_EVEN);
            assertThat(Ratio.imbalance(size(bid), size(ask))).isEqualTo(expected.unscaledValue().longValueExact());
        }
    }

    @Test
    void aTieGoesToTheEvenNeighbour() {
        // (bid - ask) / (bid + ask) = 2n / (2 * 10^12 * 2) with both sizes near 10^12: n / 2 units.
        assertThat(imbalanceOf(2_000_000_000_001L, 1_999_999_999_999L)).isZero();
        assertThat(imbalanceOf(2_000_000_000_003L, 1_999_999_999_997L)).isEqualTo(2);
        assertThat(imbalanceOf(1_999_999_999_999L, 2_000_000_000_001L)).isZero();
        assertThat(imbalanceOf(1_999_999_999_997L, 2_000_000_000_003L)).isEqualTo(-2);
    }

    private static long imbalanceOf(long bidE8, long askE8) {
        return Ratio.imbalance(size(BigDecimal.valueOf(bidE8, 8)), size(BigDecimal.valueOf(askE8, 8)));
    }

    private static DecimalData size(BigDecimal size) {
        return DecimalData.fromBigDecimal(size, 38, 8);
    }

    /** Returns a positive number of so many digits. */
    private long digits(int count) {
        long smallest = BigDecimal.TEN.pow(count - 1).longValueExact();
        return smallest + (long) (random.nextDouble() * 9 * smallest);
    }
}
