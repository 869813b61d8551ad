package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NearestDoubleTest {
    private final Random random = new Random(7);

    @Test
    void itIsTheOneThatTextWouldGive() {
        for (int round = 0; round < 300_000; round++) {
            assertNearest(new BigInteger(1 + random.nextInt(128), random));
        }
    }

    @Test
    void betweenTwoDoublesItIsTheEvenOne() {
        for (int round = 0; round < 100_000; round++) {
            // An odd number of halves of the last binary digit, and the numbers next to it.
            long halves = 1L << 53 | random.nextLong() >>> 11 | 1;
            BigInteger tie = BigInteger.valueOf(halves).multiply(BigInteger.TEN.pow(16)).shiftRight(random.nextInt(17));
            assertNearest(tie);
            assertNearest(tie.add(BigInteger.ONE));
            assertNearest(tie.subtract(BigInteger.ONE));
        }
    }

    @Test
    void itIsRightNextToPowersOfTwo() {
        for (int power = 0; power < 70; power++) {
            BigInteger unit = BigInteger.TEN.pow(16).shiftLeft(power);
            for (int off = -40; off <= 40; off++) {
                assertNearest(unit.add(BigInteger.valueOf(off).shiftLeft(Math.max(0, power - 3))));
            }
        }
    }

    private static void assertNearest(BigInteger unscaled) {
        BigDecimal value = new BigDecimal(unscaled, 16);
        assertThat(NearestDouble.of(value)).as("%s", value).isEqualTo(value.doubleValue());
    }
}
