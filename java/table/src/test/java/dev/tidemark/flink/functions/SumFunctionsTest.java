package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.apache.flink.table.data.DecimalData;
import org.junit.jupiter.api.Test;

class SumFunctionsTest {
    @Test
    void aProductIsSummedWithoutRounding() {
        SumProduct function = new SumProduct();
        DecimalSum sum = function.createAccumulator();
        function.accumulate(sum, decimal("64123.45678901", 18), decimal("0.00000001", 18));
        function.accumulate(sum, decimal("9999999999.99999999", 18), decimal("9999999999.99999999", 18));

        assertThat(function.getValue(sum).toBigDecimal()).isEqualTo("99999999999999999800.0006412345678902");
    }

    @Test
    void wideFactorsGiveTheSameAsNarrowOnes() {
        SumProduct function = new SumProduct();
        DecimalSum wide = function.createAccumulator();
        DecimalSum narrow = function.createAccumulator();
        function.accumulate(wide, decimal("12.5", 19), decimal("-3.25", 19));
        function.accumulate(narrow, decimal("12.5", 18), decimal("-3.25", 18));

        assertThat(function.getValue(wide)).isEqualTo(function.getValue(narrow));
    }

    @Test
    void factorsBeyondOneWordAreExactToo() {
        SumProduct function = new SumProduct();
        DecimalSum sum = function.createAccumulator();
        function.accumulate(sum, decimal("99999999999.99999999", 19), decimal("3", 19));

        assertThat(function.getValue(sum).toBigDecimal()).isEqualByComparingTo("299999999999.99999997");
    }

    @Test
    void aRowWithANullDoesNotCount() {
        SumProduct product = new SumProduct();
        DecimalSum products = product.createAccumulator();
        product.accumulate(products, null, decimal("1", 18));
        product.accumulate(products, decimal("1", 18), null);
        SumExact exact = new SumExact();
        DecimalSum sum = exact.createAccumulator();
        exact.accumulate(sum, null);

        assertThat(product.getValue(products)).isNull();
        assertThat(exact.getValue(sum)).isNull();
    }

    @Test
    void narrowAndWideSummandsAddUp() {
        SumExact function = new SumExact();
        DecimalSum sum = function.createAccumulator();
        function.accumulate(sum, decimal("0.00000001", 18));
        function.accumulate(sum, decimal("99999999999.99999999", 19));

        assertThat(function.getValue(sum).toBigDecimal()).isEqualByComparingTo("100000000000");
    }

    @Test
    void aResetForgets() {
        SumExact function = new SumExact();
        DecimalSum sum = function.createAccumulator();
        function.accumulate(sum, decimal("1", 18));
        function.resetAccumulator(sum);

        assertThat(function.getValue(sum)).isNull();
    }

    private static DecimalData decimal(String text, int precision) {
        return DecimalData.fromBigDecimal(new BigDecimal(text), precision, 8);
    }
}
