package dev.tidemark.flink.functions;

import java.math.BigDecimal;
import org.apache.flink.table.data.DecimalData;

/**
 * {@code BOOK_IMBALANCE(bid_size, ask_size) -> DOUBLE}: (bid - ask) / (bid + ask); NULL if a size is or
 * both are zero.
 */
public final class BookImbalance extends BookFunction {
    /** Makes the function. */
    public BookImbalance() {
        super(BookColumns.SIZE, BookColumns.SIZE);
    }

    /**
     * Returns the imbalance, in [-1, 1].
     *
     * @param bidSize over some levels, or null
     * @param askSize over as many levels, or null
     */
    public Double eval(DecimalData bidSize, DecimalData askSize) {
        long scaled = Ratio.imbalance(bidSize, askSize);
        return scaled == TimedRecords.UNKNOWN ? null : BigDecimal.valueOf(scaled, Ratio.SCALE).doubleValue();
    }
}
