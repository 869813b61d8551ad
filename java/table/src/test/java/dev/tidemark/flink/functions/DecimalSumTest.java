package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecimalSumTest {
    private static final BigInteger LARGEST = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);

    @Test
    void theSumOfNothingIsNull() {
        assertThat(new DecimalSum().value()).isNull();
    }

    @Test
    void zeroIsNotNothing() {
        DecimalSum sum = new DecimalSum();
        sum.add(0, 8);

        assertThat(sum.value().toBigDecimal()).isEqualByComparingTo("0").hasScaleOf(8);
    }

    @Test
    void anySummandsInAnyOrderGiveWhatBigIntegersGive() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            List<BigInteger> summands = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                summands.add(new BigInteger(random.nextInt(122), random).multiply(
                        BigInteger.valueOf(random.nextBoolean() ? 1 : -1)));
            }
            BigInteger expected = summands.stream().reduce(BigInteger.ZERO, BigInteger::add);
            Collections.shuffle(summands, random);

            assertThat(sum(summands).value().toBigDecimal()).isEqualTo(new BigDecimal(expected, 16));
        }
    }

    @Test
    void partialSumsAddUp() {
        DecimalSum whole = sum(List.of(LARGEST, BigInteger.ONE.negate()));
        whole.add(sum(List.of(LARGEST.negate(), BigInteger.TWO)));
        whole.add(new DecimalSum());

        assertThat(whole.value().toBigDecimal()).isEqualTo(new BigDecimal(BigInteger.ONE, 16));
    }

    @Test
    void onlyTheResultHasToFit() {
        List<BigInteger> summands = new ArrayList<>(Collections.nCopies(1_000, LARGEST));
        summands.addAll(Collections.nCopies(1_000, LARGEST.negate()));
        summands.add(BigInteger.TEN);

        assertThat(sum(summands).value().toBigDecimal()).isEqualTo(new BigDecimal(BigInteger.TEN, 16));
    }

    @Test
    void productsOfTheLargestWordsAreExact() {
        DecimalSum sum = new DecimalSum();
        sum.addProduct(Long.MIN_VALUE, Long.MAX_VALUE, 16);
        sum.addProduct(-3, -5, 16);

        BigInteger product = BigInteger.valueOf(Long.MIN_VALUE).multiply(BigInteger.valueOf(Long.MAX_VALUE));
        assertThat(sum.value().toBigDecimal().unscaledValue()).isEqualTo(product.add(BigInteger.valueOf(15)));
    }

    @Test
    void aResultThatDoesNotFitSaysSo() {
        DecimalSum sum = sum(List.of(LARGEST, BigInteger.ONE));

        assertThatThrownBy(sum::value)
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("sum 1" + "0".repeat(22) + "." + "0".repeat(16) + " does not fit DECIMAL(38, 16)");
    }

    @Test
    void aSummandThatDoesNotFitSaysSo() {
        assertThatThrownBy(() -> sum(List.of(LARGEST.add(BigInteger.ONE))))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("summand");
    }

    @Test
    void scalesCannotBeMixed() {
        DecimalSum sum = new DecimalSum();
        sum.add(1, 8);

        assertThatThrownBy(() -> sum.add(1, 9)).hasMessageContaining("scale 8, found 9");
    }

    private static DecimalSum sum(List<BigInteger> summands) {
        DecimalSum sum = new DecimalSum();
        summands.forEach(summand -> sum.add(summand, 16));
        return sum;
    }
}
