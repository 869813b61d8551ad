package dev.tidemark.flink.mongodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sink as SQL sees it. */
class MongoTableTest {
    @TempDir
    private Path folder;

    private LocalStore store;
    private TableEnvironment tables;

    @BeforeEach
    void start() {
        store = new LocalStore(folder);
        tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        tables.getConfig().set("parallelism.default", "2");
    }

    @AfterEach
    void stop() {
        store.close();
    }

    @Test
    void aTableWithoutAKeyIsAppendedTo() throws Exception {
        declare("symbol STRING, price DECIMAL(18, 8)", "");

        run("INSERT INTO sink VALUES ('BTCUSDT', 1.5), ('BTCUSDT', 1.5)");

        assertThat(store.documents()).hasSize(2).allSatisfy(document ->
                assertThat(document.getDecimal128("price").getValue().bigDecimalValue()).isEqualTo("1.50000000"));
    }

    @Test
    void updatesOfAGroupLeaveItsLastState() throws Exception {
        declare("_id STRING, trades BIGINT, PRIMARY KEY (_id) NOT ENFORCED", "");

        run("INSERT INTO sink SELECT k, COUNT(*) FROM (VALUES " + values(200) + ") AS t (k, n) GROUP BY k");

        assertThat(store.documents()).containsExactlyInAnyOrder(
                BsonDocument.parse("{_id: 'k0', trades: {$numberLong: '100'}}"),
                BsonDocument.parse("{_id: 'k1', trades: {$numberLong: '100'}}"));
    }

    @Test
    void rowsOfAKeyStayInOrderWhenTheSinkIsWiderThanItsInput() throws Exception {
        declare("k STRING, n INT, PRIMARY KEY (k) NOT ENFORCED", ", 'sink.parallelism' = '3',"
                + " 'sink.buffer-flush.max-rows' = '7'");

        run("INSERT INTO sink SELECT * FROM (VALUES " + values(500) + ") AS t (k, n)");

        assertThat(store.documents()).containsExactlyInAnyOrder(
                BsonDocument.parse("{_id: 'k0', k: 'k0', n: 498}"),
                BsonDocument.parse("{_id: 'k1', k: 'k1', n: 499}"));
    }

    @Test
    void aRowWhoseKeyChangesLeavesNothingBehind() throws Exception {
        declare("_id STRING, n INT, PRIMARY KEY (_id) NOT ENFORCED", "");

        run("INSERT INTO sink SELECT k, n FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC) AS place FROM (VALUES "
                + "('a', 1), ('b', 2), ('c', 3)) AS t (k, n)) WHERE place <= 1");

        assertThat(store.documents()).containsExactly(BsonDocument.parse("{_id: 'c', n: 3}"));
    }

    @Test
    void rowsThatLeaveAResultAreDeleted() throws Exception {
        declare("_id STRING, n INT, PRIMARY KEY (_id) NOT ENFORCED", "");

        run("INSERT INTO sink SELECT k, n FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC) AS place FROM (VALUES "
                + values(9) + ") AS t (k, n)) WHERE place <= 2");

        assertThat(store.documents()).containsExactlyInAnyOrder(
                BsonDocument.parse("{_id: 'k0', n: 8}"), BsonDocument.parse("{_id: 'k1', n: 7}"));
    }

    @Test
    void changesNeedAKey() {
        declare("k STRING, n BIGINT", "");

        assertThatThrownBy(() -> tables.explainSql(
                "INSERT INTO sink SELECT k, COUNT(*) FROM (VALUES ('a', 1)) AS t (k, n) GROUP BY k"))
                .hasMessageContaining("doesn't support consuming update changes");
    }

    @Test
    void thePlanDoesNotShowTheCredentials() {
        declare("k STRING, n BIGINT", "");

        assertThat(tables.explainSql("INSERT INTO sink VALUES ('a', 1)")).doesNotContain("mongodb://");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'sink.buffer-flush.max-rows' = '0'|option 'sink.buffer-flush.max-rows': expected a positive number or -1, found 0",
        "'sink.max-retries' = '-1'|option 'sink.max-retries': expected a number of at least 0, found -1",
        "'sink.delivery-guarantee' = 'exactly-once'|option 'sink.delivery-guarantee': expected at-least-once",
        "'sink.buffer-flush.interval' = 'soon'|sink.buffer-flush.interval",
        "'sink.ordered' = 'true'|sink.ordered",
    })
    void anOptionThatCannotBeUsedIsNamed(String option, String message) {
        declare("k STRING", ", " + option);

        assertThatThrownBy(() -> tables.explainSql("INSERT INTO sink VALUES ('a')"))
                .hasStackTraceContaining(message);
    }

    @Test
    void aWrongAddressIsRefusedWithoutShowingIt() {
        tables.executeSql("CREATE TEMPORARY TABLE sink (k STRING) WITH ('connector' = 'mongodb',"
                + " 'uri' = 'http://user:secret@host', 'database' = 'live', 'collection' = 'candles')");

        assertThatThrownBy(() -> tables.explainSql("INSERT INTO sink VALUES ('a')"))
                .hasStackTraceContaining("option 'uri': expected a MongoDB connection string");
    }

    private void declare(String columns, String moreOptions) {
        tables.executeSql("CREATE TEMPORARY TABLE sink (" + columns + ") WITH ('connector' = 'mongodb', 'uri' = '"
                + store.uri() + "', 'database' = 'live', 'collection' = 'candles'" + moreOptions + ")");
    }

    private void run(String statement) throws Exception {
        tables.executeSql(statement).await();
    }

    private static String values(int count) {
        return IntStream.range(0, count)
                .mapToObj(n -> "('k" + n % 2 + "', " + n + ")")
                .collect(Collectors.joining(", "));
    }
}
