package dev.tidemark.flink.functions;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

/**
 * What is told of a window's states. A state holds until the next one or the window's end; one that the
 * next replaces in the same millisecond never held, but counts as a change.
 */
final class BookSummary {
    private final BookStates states;
    private final HeldValue spread = new HeldValue(BookColumns.PRICE_SCALE);
    private final HeldValue spreadBps = new HeldValue(Ratio.SCALE);
    private final HeldValue[] imbalances = new HeldValue[BookStates.IMBALANCES];
    private final Pairs mids = new Pairs();
    private long updates;
    private long resyncs;
    private long maxQuoteAgeMs = TimedRecords.UNKNOWN;
    private boolean isAgeUnknown;

    BookSummary(BookStates states) {
        this.states = states;
        for (int which = 0; which < imbalances.length; which++) {
            imbalances[which] = new HeldValue(Ratio.SCALE);
        }
        TimedRecords records = states.records;
        for (int index = 0; index < records.count; index++) {
            updates += states.isChange(index) ? 1 : 0;
            resyncs += states.isLost(index) ? 1 : 0;
            if (!records.isSuperseded(index)) {
                hold(index, index + 1 < records.count ? records.timeMs(index + 1) : states.endMs());
            }
        }
    }

    private void hold(int index, long untilMs) {
        TimedRecords records = states.records;
        long ms = untilMs - records.timeMs(index);
        boolean known = states.isKnown(index);
        mids.add(records.timeMs(index), known ? doubleMid(index) : TimedRecords.UNKNOWN);
        spread.hold(known ? spread(index) : TimedRecords.UNKNOWN, ms);
        spreadBps.hold(records.get(index, BookStates.SPREAD_BPS), ms);
        for (int which = 0; which < imbalances.length; which++) {
            imbalances[which].hold(records.get(index, BookStates.IMBALANCE + which), ms);
        }
        if (known) {
            holdQuote(records.get(index, BookStates.QUOTE_TIME), untilMs);
        }
    }

    private void holdQuote(long quoteTimeMs, long untilMs) {
        if (quoteTimeMs == TimedRecords.UNKNOWN) {
            isAgeUnknown = true;
        } else {
            maxQuoteAgeMs = Math.max(maxQuoteAgeMs, untilMs - quoteTimeMs);
        }
    }

    private long spread(int index) {
        return states.records.get(index, BookStates.ASK_PRICE) - states.records.get(index, BookStates.BID_PRICE);
    }

    private long doubleMid(int index) {
        return states.records.get(index, BookStates.ASK_PRICE) + states.records.get(index, BookStates.BID_PRICE);
    }

    /** Returns the row of {@link BookColumns#RESULT}. */
    RowData row() {
        Columns columns = new Columns();
        columns.put(new GenericArrayData(mids.toArray()));
        columns.put(spread.knownMs());
        columns.put(updates);
        columns.put(resyncs);
        columns.put(isAgeUnknown || maxQuoteAgeMs == TimedRecords.UNKNOWN ? null : maxQuoteAgeMs);
        columns.putExtremes(spread);
        columns.putExtremes(spreadBps);
        for (HeldValue imbalance : imbalances) {
            columns.put(imbalance.sum());
            columns.put(imbalance.knownMs());
            columns.put(imbalance.last());
        }
        if (states.isKnown(states.records.count - 1)) {
            putLast(columns);
        }
        return columns.row;
    }

    private void putLast(Columns columns) {
        int newest = states.records.count - 1;
        BigDecimal bid = price(newest, BookStates.BID_PRICE);
        BigDecimal ask = price(newest, BookStates.ASK_PRICE);
        columns.put(bid.add(ask).doubleValue() / 2);
        columns.put(Microprice.of(bid, size(BookState.BID_SIZE), ask, size(BookState.ASK_SIZE)));
        for (int depth = 0; depth < BookState.DEPTH_COUNT; depth++) {
            byte[] text = states.lastValue(BookState.DEPTHS + depth);
            columns.put(text == null ? null : StringData.fromBytes(text));
        }
    }

    private BigDecimal price(int index, int field) {
        return BigDecimal.valueOf(states.records.get(index, field), BookColumns.PRICE_SCALE);
    }

    private BigDecimal size(int position) {
        return new BigDecimal(new BigInteger(states.lastValue(position)), BookColumns.PRICE_SCALE);
    }

    /** A row that is filled from the left; what is not put is NULL. */
    private static final class Columns {
        final GenericRowData row = new GenericRowData(BookColumns.RESULT.getChildren().size());
        private int next;

        void put(Object value) {
            row.setField(next++, value);
        }

        void putExtremes(HeldValue value) {
            put(value.sum());
            put(value.minimum());
            put(value.maximum());
            put(value.last());
        }
    }
}
