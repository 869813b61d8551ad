package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.Test;

/** Trades against the mid of their time. */
class EffectiveSpreadTest {
    private final BookWindow books = new BookWindow();
    private final BookStates states = books.createAccumulator();
    private final TradePrices prices = new TradePrices();
    private final List<Trade> trades = new ArrayList<>();

    private record Trade(long timeMs, String price) {
    }

    @Test
    void aTradePaysTwiceItsDistanceFromTheMid() {
        quote(1_000, 1, "99.95", "100.05");
        trade(1_500, "100.05");
        trade(1_600, "99.90");

        assertThat(result()).isEqualTo("30.000000000000 over 2 of 2");
    }

    @Test
    void theMidIsThatOfTheTradesOwnMillisecondAndOfTheLargestSequence() {
        quote(1_500, 2, "99", "101");
        quote(1_500, 1, "89", "91");
        quote(1_501, 3, "109", "111");
        trade(1_500, "101");

        assertThat(result()).isEqualTo("200.000000000000 over 1 of 1");
    }

    @Test
    void aTradeWhileTheBookIsUnknownIsNotQuoted() {
        trade(1_000, "100");
        quote(1_100, 1, "99", "101");
        trade(1_200, "100");
        quote(1_300, 2, null, null);
        trade(1_400, "100");

        assertThat(result()).isEqualTo("0.000000000000 over 1 of 3");
    }

    @Test
    void withoutAnyQuoteThereIsNoSum() {
        trade(1_000, "100");

        assertThat(result()).isEqualTo("null over 0 of 1");
    }

    @Test
    void aPriceFarOffIsExact() {
        quote(1_000, 1, "0.00000001", "0.00000001");
        trade(1_000, "9999999999.99999999");

        assertThat(result()).isEqualTo("19999999999999999960000.000000000000 over 1 of 1");
    }

    @Test
    void anyOrderAndAnySplitOfTradesGiveTheSame() {
        Random random = new Random(3);
        for (int n = 0; n < 50; n++) {
            quote(random.nextInt(1_000), n, n % 7 == 0 ? null : "99." + (10 + n), "100.5");
            trade(random.nextInt(1_000), "100." + (10 + n));
        }
        String expected = result();
        for (int attempt = 0; attempt < 30; attempt++) {
            Collections.shuffle(trades, random);
            assertThat(merged(random.nextInt(trades.size()))).isEqualTo(expected);
        }
    }

    private void quote(long timeMs, long sequence, String bid, String ask) {
        DecimalData size = bid == null ? null : exact("1", 38);
        Long known = bid == null ? null : timeMs;
        books.accumulate(states, 2_000L, new BookState().eval(timeMs, sequence, bid != null, false, known, known,
                exact(bid, 18), size, null, null, null, null, null, exact(ask, 18), size, null, null, null, null, null));
    }

    private void trade(long timeMs, String price) {
        trades.add(new Trade(timeMs, price));
    }

    private String result() {
        return merged(trades.size());
    }

    private String merged(int split) {
        Pairs all = prices.createAccumulator();
        prices.merge(all, List.of(part(trades.subList(0, split)), part(trades.subList(split, trades.size()))));
        ArrayData mids = states.records.count == 0 ? null : books.getValue(states).getArray(0);
        RowData row = new EffectiveSpread().eval(mids, prices.getValue(all));
        DecimalData sum = row.isNullAt(0) ? null : row.getDecimal(0, 38, 12);
        return sum + " over " + row.getLong(1) + " of " + all.count;
    }

    private Pairs part(List<Trade> some) {
        Pairs part = prices.createAccumulator();
        some.forEach(trade -> prices.accumulate(part, trade.timeMs, exact(trade.price, 18)));
        return part;
    }

    private static DecimalData exact(String number, int precision) {
        return number == null ? null : DecimalData.fromBigDecimal(new BigDecimal(number), precision, 8);
    }
}
