package dev.tidemark.flink.mongodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MongoWriterTest {
    private static final int MAX_ROWS = 3;
    private static final int MAX_RETRIES = 3;

    @TempDir
    private Path folder;

    private final ManualClock clock = new ManualClock();
    private final List<Duration> pauses = new ArrayList<>();
    private final SinkMetrics metrics = new SinkMetrics(
            new SimpleCounter(), new SimpleCounter(), new SimpleCounter(), new SimpleCounter(), new AtomicLong());
    private LocalStore store;

    @BeforeEach
    void startStore() {
        store = new LocalStore(folder);
    }

    @AfterEach
    void stopStore() {
        store.close();
    }

    @Test
    void rowsWaitForACheckpoint() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            writer.write(row("a", "1"), null);
            assertThat(store.documents()).isEmpty();

            writer.flush(false);
            assertThat(prices()).containsExactly("a=1.00000000");
        }
    }

    @Test
    void enoughRowsDoNotWait() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            for (String key : List.of("a", "b", "c", "d")) {
                writer.write(row(key, "1"), null);
            }
            assertThat(store.documents()).hasSize(MAX_ROWS);
        }
    }

    @Test
    void noRowWaitsLongerThanTheInterval() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            clock.advance(1_000);
            writer.write(row("a", "1"), null);
            clock.advance(999);
            assertThat(store.documents()).isEmpty();

            clock.advance(1);
            assertThat(store.documents()).hasSize(1);
        }
    }

    @Test
    void withoutAGuaranteeACheckpointDoesNotWaitButTheEndOfInputDoes() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.NONE)) {
            writer.write(row("a", "1"), null);
            writer.flush(false);
            assertThat(store.documents()).isEmpty();

            writer.flush(true);
            assertThat(store.documents()).hasSize(1);
        }
    }

    @Test
    void theLastRowOfAKeyWins() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            writer.write(row("a", "1"), null);
            writer.write(row("b", "1"), null);
            writer.write(row("a", "2"), null);
            writer.write(row("b", "2", RowKind.UPDATE_AFTER), null);
            writer.flush(false);
        }
        assertThat(prices()).containsExactlyInAnyOrder("a=2.00000000", "b=2.00000000");
        assertThat(metrics.records().getCount()).isEqualTo(2);
    }

    @Test
    void aRowThatIsUsedAgainHoldsWhatItHeldWhenItWasWritten() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            GenericRowData used = (GenericRowData) row("a", "1");
            writer.write(used, null);
            used.setField(0, StringData.fromString("b"));
            writer.write(used, null);
            used.setField(1, null);
            writer.flush(false);
        }
        assertThat(prices()).containsExactlyInAnyOrder("a=1.00000000", "b=1.00000000");
    }

    @Test
    void writingAgainChangesNothing() throws Exception {
        for (int run = 0; run < 2; run++) {
            try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
                writer.write(row("a", "64123.12345678"), null);
                writer.flush(true);
            }
        }
        assertThat(prices()).containsExactly("a=64123.12345678");
    }

    @Test
    void aDeletionRemovesTheDocument() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            writer.write(row("a", "1"), null);
            writer.write(row("b", "1"), null);
            writer.flush(false);
            writer.write(row("a", "1", RowKind.DELETE), null);
            writer.flush(false);
        }
        assertThat(prices()).containsExactly("b=1.00000000");
    }

    @Test
    void aRestartOfTheStoreIsSurvived() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE, pause -> {
            pauses.add(pause);
            if (pauses.size() == 2) {
                store.restart();
            }
        })) {
            writer.write(row("a", "1"), null);
            writer.flush(false);
            store.stop();
            writer.write(row("b", "1"), null);
            writer.flush(false);
        }
        assertThat(prices()).containsExactlyInAnyOrder("a=1.00000000", "b=1.00000000");
        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
        assertThat(metrics.retries().getCount()).isEqualTo(2);
    }

    @Test
    void aStoreThatStaysAwayFailsTheJob() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            writer.write(row("a", "1"), null);
            store.stop();

            assertThatThrownBy(() -> writer.flush(false))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("mongodb sink live.candles: gave up after 4 attempt(s), first of 1 documents"
                            + " {\"_id\": \"a\"}: ");
        }
        assertThat(pauses).hasSize(MAX_RETRIES);
        assertThat(metrics.errors().getCount()).isEqualTo(1);
        store.restart();
    }

    @Test
    void anErrorThatStaysIsNotRetriedAndNamesItsDocument() throws Exception {
        store.collection().createIndex(Indexes.ascending("price"), new IndexOptions().unique(true));
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            writer.write(row("a", "1"), null);
            writer.write(row("b", "1"), null);

            assertThatThrownBy(() -> writer.flush(false))
                    .hasMessageStartingWith(
                            "mongodb sink live.candles: gave up after 1 attempt(s), document {\"_id\": \"b\"}: ")
                    .hasMessageEndingWith("(code 11000)");
        }
        assertThat(pauses).isEmpty();
    }

    @Test
    void aRowThatCannotBeConvertedNamesKeyAndColumn() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            writer.write(row("a", "1234567890123456789012345678.12345678"), null);

            assertThatThrownBy(() -> writer.flush(false))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("mongodb sink live.candles: cannot convert the row of key"
                            + " {\"_id\": \"a\"}: column price: decimal 1234567890123456789012345678.12345678 has 36");
        }
    }

    @Test
    void whatWasSentIsCounted() throws Exception {
        try (MongoWriter writer = writer(DeliveryGuarantee.AT_LEAST_ONCE)) {
            writer.write(row("a", "1"), null);
            writer.write(row("b", "1"), null);
            writer.flush(false);
        }
        assertThat(metrics.records().getCount()).isEqualTo(2);
        // {price: Decimal128}: length 4, type 1, name 6, value 16, end 1.
        assertThat(metrics.bytes().getCount()).isEqualTo(2 * 28);
    }

    private MongoWriter writer(DeliveryGuarantee guarantee) {
        return writer(guarantee, pauses::add);
    }

    private MongoWriter writer(DeliveryGuarantee guarantee, BulkSender.Pause pause) {
        MongoSinkConfig config = new MongoSinkConfig(store.uri(), "live", "candles", MAX_ROWS, Duration.ofSeconds(1),
                MAX_RETRIES, Duration.ofSeconds(1), guarantee);
        RowType type = (RowType) DataTypes.ROW(
                DataTypes.FIELD("_id", DataTypes.STRING().notNull()),
                DataTypes.FIELD("price", DataTypes.DECIMAL(38, 8))).getLogicalType();
        MongoClient client = MongoClients.create(config.uri());
        BulkSender sender = new BulkSender(config,
                client.getDatabase(config.database()).getCollection(config.collection(), BsonDocument.class),
                metrics, pause);
        DocumentShape shape = new DocumentShape(type, new int[] {0});
        PendingRows pending = new PendingRows(new RowDataSerializer(type), shape.keyColumns());
        return new MongoWriter(config, new RowEncoder(shape), pending, sender, client, clock);
    }

    private List<String> prices() {
        return store.documents().stream()
                .map(each -> each.getString("_id").getValue() + "="
                        + each.getDecimal128("price").getValue().bigDecimalValue().toPlainString())
                .toList();
    }

    private static RowData row(String key, String price) {
        return row(key, price, RowKind.INSERT);
    }

    private static RowData row(String key, String price, RowKind kind) {
        return GenericRowData.ofKind(kind, StringData.fromString(key),
                DecimalData.fromBigDecimal(new BigDecimal(price), 38, 8));
    }
}
