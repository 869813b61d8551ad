package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

/**
 * The functions as Flink plans and runs them: record n of two symbols holds from n * 10 ms on; its spread is
 * 1, 2, 3 or 4, and every tenth record says that the book is unknown. Trade n is at the ask of its time.
 */
class BookQueryTest {
    private static final String BOOKS = """
            CREATE TEMPORARY TABLE books (
              n BIGINT,
              symbol AS CAST(IF(MOD(n, 2) = 0, 'BTCUSDT', 'ETHUSDT') AS STRING),
              known AS MOD(n / 2, 10) <> 9,
              bid AS CAST(100 AS DECIMAL(18, 8)),
              ask AS CAST(101 + MOD(n / 2, 4) AS DECIMAL(18, 8)),
              size AS CAST(5 AS DECIMAL(38, 8)),
              depth AS CAST('12.5' AS STRING),
              ts AS TO_TIMESTAMP_LTZ(n * 10, 3),
              WATERMARK FOR ts AS ts
            ) WITH ('connector' = 'datagen', 'number-of-rows' = '400', 'fields.n.kind' = 'sequence',
                    'fields.n.start' = '0', 'fields.n.end' = '399')""";

    private static final String WINDOWS = """
            SELECT symbol, window_start, window_end, window_time,
              BOOK_WINDOW(1000, BOOK_STATE(n * 10, n, known, NOT known AND MOD(n / 2, 20) = 9, n, n * 10,
                bid, size, size, CAST(NULL AS DECIMAL(38, 8)), depth, depth, depth,
                ask, size, size, CAST(NULL AS DECIMAL(38, 8)), depth, depth, depth)) AS book,
              TRADE_PRICES(n * 10 + 1, ask) AS trades
            FROM TABLE(TUMBLE(TABLE books, DESCRIPTOR(ts), INTERVAL '1' SECOND))
            GROUP BY symbol, window_start, window_end, window_time""";

    private static final String QUERY = """
            SELECT symbol, EXTRACT(SECOND FROM window_start) AS second_, book.synced_ms, book.resyncs,
              book.update_count, book.spread_sum, book.spread_max, book.obi_5_ms, book.obi_20_ms,
              book.ask_depth_quote_50_bps, spread.quoted_trade_count, CARDINALITY(trades) / 2
            FROM (SELECT *, EFFECTIVE_SPREAD(book.mids, trades) AS spread FROM (%s))""".formatted(WINDOWS);

    @Test
    void booksAreAggregatedBeforeTheShuffle() {
        String plan = environment(EnvironmentSettings.inStreamingMode()).explainSql(QUERY);

        assertThat(plan).contains("LocalWindowAggregate", "GlobalWindowAggregate");
    }

    @Test
    void aStreamGivesTheExactNumbers() throws Exception {
        assertExact(collect(environment(EnvironmentSettings.inStreamingMode())));
    }

    @Test
    void onePhaseGivesTheSame() throws Exception {
        TableEnvironment tables = environment(EnvironmentSettings.inStreamingMode());
        tables.getConfig().set("table.optimizer.agg-phase-strategy", "ONE_PHASE");

        assertExact(collect(tables));
    }

    @Test
    void aBatchGivesTheSame() throws Exception {
        assertExact(collect(environment(EnvironmentSettings.inBatchMode())));
    }

    @Test
    void theNumbersOfOneBookAreThoseOfItsDefinitions() throws Exception {
        TableEnvironment tables = environment(EnvironmentSettings.inBatchMode());

        Row row = collect(tables, """
                SELECT SPREAD_BPS(bid, ask), BOOK_IMBALANCE(size, size * 3), MICROPRICE(bid, size, ask, size),
                  BOOK_IMBALANCE(size, CAST(NULL AS DECIMAL(38, 8)))
                FROM books WHERE n = 2""").get(0);

        assertThat(row).isEqualTo(Row.of(198.019801980198, -0.5, 101.0, null));
    }

    private static TableEnvironment environment(EnvironmentSettings settings) {
        TableEnvironment tables = TableEnvironment.create(settings);
        tables.getConfig().set("parallelism.default", "2");
        tables.getConfig().set("table.local-time-zone", "UTC");
        tables.createTemporarySystemFunction("BOOK_STATE", BookState.class);
        tables.createTemporarySystemFunction("BOOK_WINDOW", BookWindow.class);
        tables.createTemporarySystemFunction("TRADE_PRICES", TradePrices.class);
        tables.createTemporarySystemFunction("EFFECTIVE_SPREAD", EffectiveSpread.class);
        tables.createTemporarySystemFunction("SPREAD_BPS", SpreadBps.class);
        tables.createTemporarySystemFunction("BOOK_IMBALANCE", BookImbalance.class);
        tables.createTemporarySystemFunction("MICROPRICE", Microprice.class);
        tables.executeSql(BOOKS);
        return tables;
    }

    private static List<Row> collect(TableEnvironment tables) throws Exception {
        return collect(tables, QUERY);
    }

    private static List<Row> collect(TableEnvironment tables, String query) throws Exception {
        List<Row> rows = new ArrayList<>();
        try (CloseableIterator<Row> results = tables.executeSql(query).collect()) {
            results.forEachRemaining(rows::add);
        }
        return rows;
    }

    private static void assertExact(List<Row> rows) {
        List<Row> expected = new ArrayList<>();
        for (int second = 0; second < 4; second++) {
            expected.add(expected("BTCUSDT", second, 0));
            expected.add(expected("ETHUSDT", second, 1));
        }
        assertThat(rows).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static Row expected(String symbol, int second, int first) {
        long known = 0;
        long lost = 0;
        long sum = 0;
        long syncedMs = 0;
        for (int n = second * 100 + first; n < second * 100 + 100; n += 2) {
            long ms = Math.min(n * 10 + 20, second * 1_000 + 1_000) - n * 10;
            if (n / 2 % 10 != 9) {
                known++;
                syncedMs += ms;
                sum += (1 + n / 2 % 4) * ms;
            }
            lost += n / 2 % 20 == 9 ? 1 : 0;
        }
        return Row.of(symbol, (long) second, syncedMs, lost, known, new BigDecimal(sum).setScale(8),
                new BigDecimal("4.00000000"), syncedMs, 0L, lastIsKnown(second, first) ? "12.5" : null, known, 50);
    }

    private static boolean lastIsKnown(int second, int first) {
        return (second * 100 + 98 + first) / 2 % 10 != 9;
    }
}
