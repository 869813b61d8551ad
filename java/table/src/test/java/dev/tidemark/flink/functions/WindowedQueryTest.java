package dev.tidemark.flink.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

/** The functions as Flink plans and runs them: trade n costs 100 + n/8 at n * 10 ms, in two symbols. */
class WindowedQueryTest {
    private static final int TRADES = 400;

    private static final String SOURCE = """
            CREATE TEMPORARY TABLE trades (
              n BIGINT,
              symbol AS CAST(IF(MOD(n, 2) = 0, 'BTCUSDT', 'ETHUSDT') AS STRING),
              side AS CAST(IF(MOD(n, 3) = 0, 'buy', 'sell') AS STRING),
              trade_id AS -n,
              price AS CAST(100 + n / 8.0 AS DECIMAL(18, 8)),
              quantity AS CAST(n / 1000.0 AS DECIMAL(19, 8)),
              ts AS TO_TIMESTAMP_LTZ(n * 10, 3),
              WATERMARK FOR ts AS ts
            ) WITH ('connector' = 'datagen', 'number-of-rows' = '400', 'fields.n.kind' = 'sequence',
                    'fields.n.start' = '0', 'fields.n.end' = '399')""";

    private static final String QUERY = """
            SELECT symbol, UNIX_TIMESTAMP(CAST(window_start AS STRING)) AS second_,
              SUM_EXACT(quantity) AS volume,
              SUM_PRODUCT(price, quantity) AS turnover,
              SUM_PRODUCT(price, quantity) FILTER (WHERE side = 'buy') AS bought,
              SUM_EXACT(price) FILTER (WHERE side = 'none') AS nothing,
              FIRST_BY(price, 0, trade_id) AS latest_id,
              LAST_BY(side, n, 0) AS last_side
            FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '1' SECOND))
            GROUP BY symbol, window_start, window_end""";

    @Test
    void theyAreAggregatedBeforeTheShuffle() {
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
    void typesAreTakenFromTheArguments() {
        List<String> types = environment(EnvironmentSettings.inStreamingMode()).sqlQuery(QUERY)
                .getResolvedSchema().getColumnDataTypes().stream().map(Object::toString).toList();

        assertThat(types.subList(2, 8)).containsExactly("DECIMAL(38, 8)", "DECIMAL(38, 16)", "DECIMAL(38, 16)",
                "DECIMAL(38, 8)", "DECIMAL(18, 8)", "STRING");
    }

    @Test
    void wrongArgumentsAreNamedWhenThePlanIsMade() {
        TableEnvironment tables = environment(EnvironmentSettings.inStreamingMode());

        assertThatThrownBy(() -> tables.explainSql("SELECT SUM_EXACT(n) FROM trades"))
                .hasStackTraceContaining("expected DECIMAL, found BIGINT");
        assertThatThrownBy(() -> tables.explainSql("SELECT FIRST_BY(ARRAY[n], n, n) FROM trades"))
                .hasStackTraceContaining("expected a number, text, boolean, date or time, found ARRAY<BIGINT>");
        assertThatThrownBy(() -> tables.explainSql(
                "SELECT SUM_PRODUCT(CAST(n AS DECIMAL(38, 20)), CAST(n AS DECIMAL(38, 20))) FROM trades"))
                .hasStackTraceContaining("expected scales that add up to at most 38");
    }

    private static TableEnvironment environment(EnvironmentSettings settings) {
        TableEnvironment tables = TableEnvironment.create(settings);
        tables.getConfig().set("parallelism.default", "2");
        tables.getConfig().set("table.local-time-zone", "UTC");
        tables.createTemporarySystemFunction("SUM_EXACT", SumExact.class);
        tables.createTemporarySystemFunction("SUM_PRODUCT", SumProduct.class);
        tables.createTemporarySystemFunction("FIRST_BY", FirstBy.class);
        tables.createTemporarySystemFunction("LAST_BY", LastBy.class);
        tables.executeSql(SOURCE);
        return tables;
    }

    private static List<Row> collect(TableEnvironment tables) throws Exception {
        List<Row> rows = new ArrayList<>();
        try (CloseableIterator<Row> results = tables.executeSql(QUERY).collect()) {
            results.forEachRemaining(rows::add);
        }
        return rows;
    }

    private static void assertExact(List<Row> rows) {
        List<Row> expected = new ArrayList<>();
        for (int second = 0; second < TRADES / 100; second++) {
            expected.add(expected("BTCUSDT", second, 0));
            expected.add(expected("ETHUSDT", second, 1));
        }
        assertThat(rows).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static Row expected(String symbol, int second, int firstTrade) {
        BigDecimal volume = BigDecimal.ZERO.setScale(8);
        BigDecimal turnover = BigDecimal.ZERO.setScale(16);
        BigDecimal bought = BigDecimal.ZERO.setScale(16);
        int last = second * 100 + 98 + firstTrade;
        for (int n = second * 100 + firstTrade; n <= last; n += 2) {
            BigDecimal quantity = new BigDecimal(n).movePointLeft(3);
            BigDecimal value = price(n).multiply(quantity);
            volume = volume.add(quantity);
            turnover = turnover.add(value);
            bought = n % 3 == 0 ? bought.add(value) : bought;
        }
        return Row.of(symbol, (long) second, volume, turnover, bought, null, price(last), side(last));
    }

    private static BigDecimal price(int n) {
        return new BigDecimal(n).divide(new BigDecimal(8)).add(new BigDecimal(100)).setScale(8);
    }

    private static String side(int n) {
        return n % 3 == 0 ? "buy" : "sell";
    }
}
