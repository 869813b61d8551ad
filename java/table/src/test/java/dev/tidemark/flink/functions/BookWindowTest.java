package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

/** What is told of a second's states. Records hold from 10:00 + some milliseconds on. */
class BookWindowTest {
    private static final long START_MS = 36_000_000;
    private static final List<String> COLUMNS = ((RowType) BookColumns.RESULT.getLogicalType()).getFieldNames();

    private final BookWindow function = new BookWindow();
    private final List<Told> told = new ArrayList<>();

    /** A record; known while it has prices. */
    private record Told(long timeMs, long sequence, boolean lost, long updateId, Long quoteTimeMs, String bid,
            String ask, String bidSize, String askSize, String sum5) {
        boolean known() {
            return bid != null;
        }
    }

    @Test
    void aValueCountsByHowLongItHeld() {
        quote(0, 1, "99.95", "100.05");
        quote(750, 2, "99.00", "101.00");

        RowData row = result();

        assertThat(decimal(row, "spread_sum")).isEqualByComparingTo("575"); // 750 * 0.10 + 250 * 2
        assertThat(decimal(row, "spread_min")).isEqualByComparingTo("0.10");
        assertThat(decimal(row, "spread_max")).isEqualByComparingTo("2");
        assertThat(decimal(row, "spread_last")).isEqualByComparingTo("2");
        assertThat(decimal(row, "spread_bps_sum")).isEqualByComparingTo("57500"); // 750 * 10 + 250 * 200
        assertThat(decimal(row, "spread_bps_max")).isEqualByComparingTo("200");
        assertThat(number(row, "synced_ms")).isEqualTo(1_000);
    }

    @Test
    void whatComesBeforeTheFirstRecordIsUnknown() {
        quote(400, 1, "99.95", "100.05");

        assertThat(number(result(), "synced_ms")).isEqualTo(600);
    }

    @Test
    void ofRecordsAtOneMillisecondTheLargestSequenceCountsAndAllAreChanges() {
        quote(0, 2, "10", "11");
        quote(0, 3, "10", "12");
        quote(0, 1, "10", "15");

        RowData row = result();

        assertThat(decimal(row, "spread_max")).isEqualByComparingTo("2");
        assertThat(number(row, "update_count")).isEqualTo(3);
    }

    @Test
    void aRepetitionIsNoChange() {
        repeat(0, 2, -300);
        quote(100, 3, "10", "11");
        told.add(new Told(START_MS + 100, 4, false, 3, START_MS + 100, "10", "11", "1", "1", null));

        assertThat(number(result(), "update_count")).isEqualTo(1);
    }

    @Test
    void aBookThatIsUnknownThroughoutHasNoValues() {
        unknown(0, 1, false);

        RowData row = result();

        assertThat(number(row, "synced_ms")).isZero();
        assertThat(number(row, "resyncs")).isZero();
        for (String column : List.of("spread_sum", "spread_min", "spread_bps_last", "obi_1_sum", "mid_last",
                "microprice_last", "max_quote_age_ms", "ask_depth_quote_50_bps")) {
            assertThat(row.isNullAt(COLUMNS.indexOf(column))).as(column).isTrue();
        }
    }

    @Test
    void aBookThatIsLostEndsTheKnownTimeAndHasNoLastValue() {
        quote(0, 1, "10", "11");
        unknown(300, 2, true);
        unknown(600, 3, false);

        RowData row = result();

        assertThat(number(row, "synced_ms")).isEqualTo(300);
        assertThat(number(row, "resyncs")).isEqualTo(1);
        assertThat(decimal(row, "spread_min")).isEqualByComparingTo("1");
        assertThat(row.isNullAt(COLUMNS.indexOf("spread_last"))).isTrue();
        assertThat(row.isNullAt(COLUMNS.indexOf("mid_last"))).isTrue();
    }

    @Test
    void theAgeOfAQuoteIsLongestWhereAKnownTimeEnds() {
        repeat(0, 1, -300);
        quote(200, 2, "10", "11");
        unknown(600, 3, true);

        assertThat(number(result(), "max_quote_age_ms")).isEqualTo(500);
    }

    @Test
    void aChangeOfUnknownTimeIsKnownButLeavesTheAgeUnknown() {
        told.add(new Told(START_MS, 1, false, 1, null, "10", "11", "1", "1", null));
        quote(600, 2, "10", "12");

        RowData row = result();

        assertThat(number(row, "synced_ms")).isEqualTo(1_000);
        assertThat(number(row, "update_count")).isEqualTo(1);
        assertThat(row.isNullAt(COLUMNS.indexOf("max_quote_age_ms"))).isTrue();
    }

    @Test
    void anImbalanceCountsForAsLongAsItsSizesAreKnown() {
        sizes(0, 1, "3", "1", null);
        sizes(500, 2, "1", "2", "7");

        RowData row = result();

        assertThat(decimal(row, "obi_1_sum")).isEqualByComparingTo("83.3333333335"); // 500 * 0.5 - 500 / 3
        assertThat(decimal(row, "obi_1_last")).isEqualByComparingTo("-0.333333333333");
        assertThat(number(row, "obi_5_ms")).isEqualTo(500);
        assertThat(decimal(row, "obi_5_sum")).isEqualByComparingTo("0");
        assertThat(number(row, "obi_20_ms")).isZero();
        assertThat(row.isNullAt(COLUMNS.indexOf("obi_20_sum"))).isTrue();
    }

    @Test
    void theLastStateIsToldWithDepthsAsTheyCame() {
        told.add(new Told(START_MS, 1, false, 1, START_MS, "100", "102", "3", "1", null));

        RowData row = result();

        assertThat(row.getDouble(COLUMNS.indexOf("mid_last"))).isEqualTo(101.0);
        assertThat(row.getDouble(COLUMNS.indexOf("microprice_last"))).isEqualTo(101.5);
        assertThat(row.getString(COLUMNS.indexOf("bid_depth_quote_10_bps"))).hasToString("depth 1");
        assertThat(row.isNullAt(COLUMNS.indexOf("bid_depth_quote_50_bps"))).isTrue();
    }

    @Test
    void sizesBeyondALongAreExact() {
        sizes(0, 1, "300000000000000000000.00000001", "100000000000000000000", null);

        assertThat(decimal(result(), "obi_1_last")).isEqualByComparingTo("0.5");
    }

    @Test
    void anyOrderAndAnySplitGiveTheSame() {
        Random random = new Random(7);
        for (int n = 0; n < 60; n++) {
            int timeMs = random.nextInt(200) * 5;
            if (n % 9 == 0) {
                unknown(timeMs, n, n % 2 == 0);
            } else {
                sizes(timeMs, n, String.valueOf(1 + random.nextInt(9)), "2.5", n % 3 == 0 ? null : "4");
            }
        }
        RowData expected = result();
        for (int attempt = 0; attempt < 50; attempt++) {
            Collections.shuffle(told, random);
            assertThat(result()).isEqualTo(expected);
            assertThat(merged(1 + random.nextInt(told.size() - 1))).isEqualTo(expected);
        }
    }

    @Test
    void aRecordThatComesTwiceCountsOnce() {
        quote(0, 1, "10", "11");
        unknown(300, 2, true);
        RowData expected = result();
        told.addAll(List.copyOf(told));

        assertThat(result()).isEqualTo(expected);
    }

    @Test
    void anEmptiedWindowStartsAfresh() {
        BookStates states = function.createAccumulator();
        quote(0, 1, "10", "11");
        told.forEach(record -> accumulate(states, record));
        RowData expected = function.getValue(states);
        function.resetAccumulator(states);
        told.forEach(record -> accumulate(states, record));

        assertThat(function.getValue(states)).isEqualTo(expected);
    }

    private void quote(int atMs, long sequence, String bid, String ask) {
        told.add(new Told(START_MS + atMs, sequence, false, sequence, START_MS + atMs, bid, ask, "1", "1", null));
    }

    private void repeat(int atMs, long sequence, int changedMs) {
        told.add(new Told(START_MS + atMs, sequence, false, 1, START_MS + changedMs, "10", "11", "1", "1", null));
    }

    private void sizes(int atMs, long sequence, String bid, String ask, String sum5) {
        told.add(new Told(START_MS + atMs, sequence, false, sequence, START_MS + atMs, "10", "11", bid, ask, sum5));
    }

    private void unknown(int atMs, long sequence, boolean lost) {
        told.add(new Told(START_MS + atMs, sequence, lost, 0, null, null, null, null, null, null));
    }

    private RowData result() {
        BookStates states = function.createAccumulator();
        told.forEach(record -> accumulate(states, record));
        return function.getValue(states);
    }

    private RowData merged(int split) {
        BookStates left = function.createAccumulator();
        told.subList(0, split).forEach(record -> accumulate(left, record));
        BookStates right = function.createAccumulator();
        told.subList(split, told.size()).forEach(record -> accumulate(right, record));
        BookStates all = function.createAccumulator();
        function.merge(all, List.of(left, function.createAccumulator(), right));
        return function.getValue(all);
    }

    private void accumulate(BookStates states, Told one) {
        StringData depth = text("depth " + one.sequence);
        function.accumulate(states, 1_000L, new BookState().eval(one.timeMs, one.sequence, one.known(), one.lost,
                one.known() ? one.updateId : null, one.quoteTimeMs,
                exact(one.bid, 18), exact(one.bidSize, 38), exact(one.sum5, 38), null, depth, depth, null,
                exact(one.ask, 18), exact(one.askSize, 38), exact(one.sum5, 38), null, depth, depth, null));
    }

    private static StringData text(String text) {
        return StringData.fromString(text);
    }

    private static DecimalData exact(String number, int precision) {
        return number == null ? null : DecimalData.fromBigDecimal(new BigDecimal(number), precision, 8);
    }

    private static BigDecimal decimal(RowData row, String column) {
        return ((DecimalData) ((GenericRowData) row).getField(COLUMNS.indexOf(column))).toBigDecimal();
    }

    private static long number(RowData row, String column) {
        return row.getLong(COLUMNS.indexOf(column));
    }
}
