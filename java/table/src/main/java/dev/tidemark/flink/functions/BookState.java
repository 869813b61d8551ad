package dev.tidemark.flink.functions;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentTypeStrategy;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/**
 * {@code BOOK_STATE(event_time_ms, book_sequence, is_known, is_lost, last_update_id, quote_time_ms,
 * bid_price, bid_size, bid_size_sum_5, bid_size_sum_20, bid_depth_quote_10_bps, bid_depth_quote_25_bps,
 * bid_depth_quote_50_bps, ask_price ... ask_depth_quote_50_bps) -> BYTES}: one record of a symbol's book as
 * {@link BookWindow} takes it. One column is all that is buffered and read again for each record.
 */
public final class BookState extends ScalarFunction {
    private static final List<DataType> SIDE = List.of(BookColumns.PRICE, BookColumns.SIZE, BookColumns.SIZE,
            BookColumns.SIZE, BookColumns.DEPTH, BookColumns.DEPTH, BookColumns.DEPTH);

    /** Positions of what is told of a window's last record only. */
    static final int BID_SIZE = 0;
    static final int ASK_SIZE = 1;

    /** Depths, bid before ask, narrow bands before wide ones. */
    static final int DEPTHS = 2;

    static final int DEPTH_COUNT = 6;

    private static final byte[][] NO_VALUES = {};

    /**
     * Returns a record; all after {@code isLost} is NULL while the book is unknown, sums over several levels
     * and depths also where they are not known, and the time of the last change where only a snapshot told it.
     *
     * @param eventTimeMs from when on the record holds
     * @param sequence order of records with one event time
     * @param isKnown whether the book is known
     * @param isLost whether the book was lost just then
     * @param updateId of the last change in the book
     * @param quoteTimeMs when the book last changed
     * @param bidPrice best bid
     * @param bidSize size at it
     * @param bidSum5 size over the 5 best bids
     * @param bidSum20 size over the 20 best bids
     * @param bidDepth10 quote value of the bids within 10 bps of the mid
     * @param bidDepth25 within 25 bps
     * @param bidDepth50 within 50 bps
     * @param askPrice best ask
     * @param askSize size at it
     * @param askSum5 size over the 5 best asks
     * @param askSum20 size over the 20 best asks
     * @param askDepth10 quote value of the asks within 10 bps of the mid
     * @param askDepth25 within 25 bps
     * @param askDepth50 within 50 bps
     */
    public byte[] eval(Long eventTimeMs, Long sequence, Boolean isKnown, Boolean isLost, Long updateId,
            Long quoteTimeMs, DecimalData bidPrice, DecimalData bidSize, DecimalData bidSum5, DecimalData bidSum20,
            StringData bidDepth10, StringData bidDepth25, StringData bidDepth50,
            DecimalData askPrice, DecimalData askSize, DecimalData askSum5, DecimalData askSum20,
            StringData askDepth10, StringData askDepth25, StringData askDepth50) {
        if (!isKnown) {
            long none = TimedRecords.UNKNOWN;
            return StateBytes.of(NO_VALUES,
                    eventTimeMs, sequence, isLost ? 1 : 0, none, none, none, none, none, none, none);
        }
        long bid = bidPrice.toUnscaledLong();
        long ask = askPrice.toUnscaledLong();
        byte[][] values = {
            bidSize.toUnscaledBytes(), askSize.toUnscaledBytes(), bytes(bidDepth10), bytes(bidDepth25),
            bytes(bidDepth50), bytes(askDepth10), bytes(askDepth25), bytes(askDepth50)};
        return StateBytes.of(values, eventTimeMs, sequence, updateId,
                quoteTimeMs == null ? TimedRecords.UNKNOWN : quoteTimeMs, bid, ask, Ratio.spreadBps(bid, ask),
                Ratio.imbalance(bidSize, askSize), Ratio.imbalance(bidSum5, askSum5),
                Ratio.imbalance(bidSum20, askSum20));
    }

    private static byte[] bytes(StringData text) {
        return text == null ? null : text.toBytes();
    }

    @Override
    public TypeInference getTypeInference(DataTypeFactory types) {
        List<DataType> arguments = new ArrayList<>(List.of(BookColumns.LONG, BookColumns.LONG, BookColumns.FLAG,
                BookColumns.FLAG, BookColumns.LONG, BookColumns.LONG));
        arguments.addAll(SIDE);
        arguments.addAll(SIDE);
        return TypeInference.newBuilder()
                .inputTypeStrategy(InputTypeStrategies.sequence(
                        arguments.stream().map(InputTypeStrategies::explicit).toArray(ArgumentTypeStrategy[]::new)))
                .outputTypeStrategy(TypeStrategies.explicit(DataTypes.BYTES()))
                .build();
    }
}
