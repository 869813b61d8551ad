package dev.tidemark.flink.mongodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.model.DeleteOneModel;
import com.mongodb.client.model.UpdateOneModel;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

class RowEncoderTest {
    private static final DataType TICKER = DataTypes.ROW(
            DataTypes.FIELD("_id", DataTypes.STRING().notNull()),
            DataTypes.FIELD("price", DataTypes.DECIMAL(38, 8)));

    private static final DataType WINDOW = DataTypes.ROW(
            DataTypes.FIELD("symbol", DataTypes.STRING().notNull()),
            DataTypes.FIELD("start", DataTypes.TIMESTAMP_LTZ(3).notNull()),
            DataTypes.FIELD("count", DataTypes.INT()));

    @Test
    void aKeyColumnCalledIdIsNotRepeatedAsAField() {
        RowData row = GenericRowData.of(StringData.fromString("BTCUSDT"), decimal("1.5"));

        assertThat(filter(encoder(TICKER, 0), row)).isEqualTo("{'_id': 'BTCUSDT'}");
        assertThat(update(encoder(TICKER, 0), row)).isEqualTo("{'$set': {'price': {'$numberDecimal': '1.50000000'}}}");
    }

    @Test
    void aCompositeKeyIsASubDocument() {
        RowData row = GenericRowData.of(StringData.fromString("BTCUSDT"), TimestampData.fromEpochMillis(60_000), 7);
        RowEncoder encoder = encoder(WINDOW, 0, 1);

        assertThat(filter(encoder, row))
                .isEqualTo("{'_id': {'symbol': 'BTCUSDT', 'start': {'$date': '1970-01-01T00:01:00Z'}}}");
        assertThat(update(encoder, row)).contains("'symbol': 'BTCUSDT'", "'count': 7");
    }

    @Test
    void withoutAKeyEveryRowIsANewDocument() {
        RowData row = GenericRowData.of(StringData.fromString("BTCUSDT"), TimestampData.fromEpochMillis(0), 7);
        RowEncoder encoder = encoder(WINDOW);

        assertThat(encoder.filter(row)).isNotEqualTo(encoder.filter(row));
        assertThat(update(encoder, row)).startsWith("{'$setOnInsert': {'symbol'");
    }

    @Test
    void aDeletionNeedsTheKeyOnly() {
        GenericRowData row = GenericRowData.ofKind(RowKind.DELETE, StringData.fromString("BTCUSDT"), null);
        RowEncoder encoder = encoder(TICKER, 0);

        var model = encoder.write(encoder.filter(row), row).model();

        assertThat(((DeleteOneModel<BsonDocument>) model).getFilter()).isEqualTo(encoder.filter(row));
    }

    @Test
    void plainTypesHaveTheirCounterparts() {
        DataType type = DataTypes.ROW(
                DataTypes.FIELD("tiny", DataTypes.TINYINT()),
                DataTypes.FIELD("small", DataTypes.SMALLINT()),
                DataTypes.FIELD("long", DataTypes.BIGINT()),
                DataTypes.FIELD("float", DataTypes.FLOAT()),
                DataTypes.FIELD("double", DataTypes.DOUBLE()),
                DataTypes.FIELD("flag", DataTypes.BOOLEAN()),
                DataTypes.FIELD("bytes", DataTypes.BYTES()),
                DataTypes.FIELD("day", DataTypes.DATE()),
                DataTypes.FIELD("local", DataTypes.TIMESTAMP(6)),
                DataTypes.FIELD("none", DataTypes.DOUBLE()));
        RowData row = GenericRowData.of((byte) 1, (short) 2, 3L, 0.5f, 0.25, true, new byte[] {9}, 1,
                TimestampData.fromInstant(Instant.parse("2026-11-24T10:00:00.123456Z")), null);

        assertThat(update(encoder(type), row)).isEqualTo("{'$setOnInsert': {'tiny': 1, 'small': 2, 'long': 3, "
                + "'float': 0.5, 'double': 0.25, 'flag': true, "
                + "'bytes': {'$binary': {'base64': 'CQ==', 'subType': '00'}}, "
                + "'day': {'$date': '1970-01-02T00:00:00Z'}, 'local': {'$date': '2026-11-24T10:00:00.123Z'}, "
                + "'none': null}}");
        BsonDocument fields = fields(encoder(type), row);
        assertThat(fields.get("long").isInt64()).isTrue();
        assertThat(fields.get("small").isInt32()).isTrue();
    }

    @Test
    void nestedTypesStayNested() {
        DataType level = DataTypes.ROW(DataTypes.FIELD("price", DataTypes.DECIMAL(18, 2)));
        DataType type = DataTypes.ROW(
                DataTypes.FIELD("matrix", DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.INT()))),
                DataTypes.FIELD("best", level),
                DataTypes.FIELD("sizes", DataTypes.MAP(DataTypes.STRING(), DataTypes.BIGINT())));
        Map<StringData, Long> sizes = new LinkedHashMap<>();
        sizes.put(StringData.fromString("bid"), 5L);
        sizes.put(StringData.fromString("ask"), null);
        RowData row = GenericRowData.of(
                new GenericArrayData(new Object[] {
                    new GenericArrayData(new Object[] {1, null}), new GenericArrayData(new Object[0])}),
                GenericRowData.of(DecimalData.fromUnscaledLong(150, 18, 2)),
                new GenericMapData(sizes));

        assertThat(update(encoder(type), row)).isEqualTo("{'$setOnInsert': {'matrix': [[1, null], []], "
                + "'best': {'price': {'$numberDecimal': '1.50'}}, 'sizes': {'bid': 5, 'ask': null}}}");
    }

    @Test
    void aDecimalOfUpTo34SignificantDigitsIsKeptToTheLast() {
        String exact = "12345678901234567890123456.12345678";

        RowData row = GenericRowData.of(StringData.fromString("k"), decimal(exact));

        assertThat(fields(encoder(TICKER, 0), row).getDecimal128("price").getValue().bigDecimalValue())
                .isEqualTo(exact);
    }

    @Test
    void aLongerDecimalIsRefusedNotRounded() {
        RowData row = GenericRowData.of(StringData.fromString("k"), decimal("123456789012345678901234567.12345678"));

        assertThatThrownBy(() -> update(encoder(TICKER, 0), row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("column price: decimal 123456789012345678901234567.12345678 has 35 significant digits,"
                        + " expected at most the 34 of a Decimal128");
    }

    private static DecimalData decimal(String text) {
        return DecimalData.fromBigDecimal(new BigDecimal(text), 38, 8);
    }

    private static RowEncoder encoder(DataType type, int... keyColumns) {
        return new RowEncoder(new DocumentShape((RowType) type.getLogicalType(), keyColumns));
    }

    private static String filter(RowEncoder encoder, RowData row) {
        return encoder.filter(row).toJson().replace('"', '\'');
    }

    private static BsonDocument updateDocument(RowEncoder encoder, RowData row) {
        var model = encoder.write(encoder.filter(row), row).model();
        return (BsonDocument) ((UpdateOneModel<BsonDocument>) model).getUpdate();
    }

    private static BsonDocument fields(RowEncoder encoder, RowData row) {
        return updateDocument(encoder, row).getDocument("$set", updateDocument(encoder, row).getDocument(
                "$setOnInsert", new BsonDocument()));
    }

    private static String update(RowEncoder encoder, RowData row) {
        return updateDocument(encoder, row).toJson().replace('"', '\'');
    }
}
