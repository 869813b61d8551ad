package dev.tidemark.flink.functions;

import java.math.BigDecimal;
import org.apache.flink.table.data.DecimalData;

/** {@code SPREAD_BPS(bid_price, ask_price) -> DOUBLE}: (ask - bid) / mid * 10^4; NULL if a price is. */
public final class SpreadBps extends BookFunction {
    /** Makes the function. */
    public SpreadBps() {
        super(BookColumns.PRICE, BookColumns.PRICE);
    }

    /**
     * Returns the spread in basis points of the mid.
     *
     * @param bidPrice best bid, or null
     * @param askPrice best ask, or null
     */
    public Double eval(DecimalData bidPrice, DecimalData askPrice) {
        if (bidPrice == null || askPrice == null) {
            return null;
        }
        long scaled = Ratio.spreadBps(bidPrice.toUnscaledLong(), askPrice.toUnscaledLong());
        return BigDecimal.valueOf(scaled, Ratio.SCALE).doubleValue();
    }
}
