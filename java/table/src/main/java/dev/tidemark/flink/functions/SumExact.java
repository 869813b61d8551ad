package dev.tidemark.flink.functions;

import org.apache.flink.table.data.DecimalData;

/**
 * {@code SUM_EXACT(a DECIMAL(p, s)) -> DECIMAL(38, s)}: the exact sum of the rows where {@code a} is not
 * NULL. Fastest up to a precision of 18, where Flink holds a decimal as one long.
 */
public final class SumExact extends DecimalSumFunction {
    /** Makes the function. */
    public SumExact() {
        super(1);
    }

    /**
     * Adds a row.
     *
     * @param sum the group's sum
     * @param value the row's summand, or null
     * @throws ArithmeticException if the summand has more than 38 digits
     */
    public void accumulate(DecimalSum sum, DecimalData value) {
        if (value == null) {
            return;
        }
        if (value.isCompact()) {
            sum.add(value.toUnscaledLong(), value.scale());
        } else {
            sum.add(value.toBigDecimal().unscaledValue(), value.scale());
        }
    }
}
