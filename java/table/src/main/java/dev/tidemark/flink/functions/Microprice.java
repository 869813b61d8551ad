package dev.tidemark.flink.functions;

import java.math.BigDecimal;
import org.apache.flink.table.data.DecimalData;

/**
 * {@code MICROPRICE(bid_price, bid_size, ask_price, ask_size) -> DOUBLE}: the mid weighted towards the
 * thinner side; NULL if an argument is.
 */
public final class Microprice extends BookFunction {
    /** Makes the function. */
    public Microprice() {
        super(BookColumns.PRICE, BookColumns.SIZE, BookColumns.PRICE, BookColumns.SIZE);
    }

    /**
     * Returns (ask price * bid size + bid price * ask size) / (both sizes).
     *
     * @param bidPrice best bid, or null
     * @param bidSize size at it, or null
     * @param askPrice best ask, or null
     * @param askSize size at it, or null
     */
    public Double eval(DecimalData bidPrice, DecimalData bidSize, DecimalData askPrice, DecimalData askSize) {
        if (bidPrice == null || bidSize == null || askPrice == null || askSize == null) {
            return null;
        }
        return of(bidPrice.toBigDecimal(), bidSize.toBigDecimal(), askPrice.toBigDecimal(), askSize.toBigDecimal());
    }

    static double of(BigDecimal bidPrice, BigDecimal bidSize, BigDecimal askPrice, BigDecimal askSize) {
        BigDecimal weighted = askPrice.multiply(bidSize).add(bidPrice.multiply(askSize));
        return NearestDouble.of(weighted) / bidSize.add(askSize).doubleValue();
    }
}
