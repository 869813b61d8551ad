package dev.tidemark.flink.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonParserRowDataDeserializationSchema;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a message is, the decoder gives what Flink's own gives. */
class FlatJsonDecoderTest {
    private static final RowType TRADE = (RowType) DataTypes.ROW(
            DataTypes.FIELD("symbol", DataTypes.STRING()),
            DataTypes.FIELD("trade_id", DataTypes.BIGINT()),
            DataTypes.FIELD("price", DataTypes.DECIMAL(18, 8)),
            DataTypes.FIELD("quantity", DataTypes.DECIMAL(19, 8)),
            DataTypes.FIELD("version", DataTypes.INT()),
            DataTypes.FIELD("verified", DataTypes.BOOLEAN())).getLogicalType();

    private static final String USUAL =
            "{'symbol':'BTCUSDT','trade_id':17,'price':'60000.10000000','quantity':'0.00240000','version':1}";

    private final DeserializationSchema<RowData> flinks = new JsonParserRowDataDeserializationSchema(
            TRADE, InternalTypeInfo.of(TRADE), false, false, TimestampFormat.SQL);
    private final DeserializationSchema<RowData> ours = new FlatJsonDecoder(TRADE, flinks);
    private final FlatJsonReader reader = new FlatJsonReader(TRADE);
    private final RowDataSerializer serializer = new RowDataSerializer(TRADE);

    @BeforeEach
    void open() throws Exception {
        ours.open(null);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        USUAL,
        "{'symbol':'','trade_id':0,'version':-2147483648}",
        "{'version':2,'price':'0.5','symbol':'A'}",
        "{'symbol':null,'price':null,'trade_id':null,'verified':null}",
        "{'trade_id':-999999999999999999,'price':'-7','quantity':'007.10'}",
        "{'price':'9999999999.99999999','quantity':'9999999999.99999999'}",
        "{'unknown':'text','trade_id':5,'other':-12,'last':null}",
        "{'symbol':'A','symbol':'B'}",
        "{'symbol':'A, {[:]} B','trade_id':3}",
        "{'quantity':'12345678901.00000001'}",
        "{'quantity':'-123456789012345678901234567890.5','trade_id':3}",
        "{'quantity':'1234567890123456789012345678901.0'}",
        "{'quantity':'0.123456785'}",
    })
    void whatOurProducersWriteIsReadAtOnce(String message) throws IOException {
        RowData row = reader.read(bytes(message));

        assertThat(row).isNotNull();
        assertThat(binary(row)).isEqualTo(binary(flinks.deserialize(bytes(message))));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "",
        "{}",
        "{ 'symbol' : 'A' }",
        "{'symbol':'A'} ",
        "{'symbol':'\\u0042\\t'}",
        "{'symbol':'₿'}",
        "{'symbol':12}",
        "{'trade_id':'12'}",
        "{'trade_id':9223372036854775807}",
        "{'trade_id':1.0}",
        "{'trade_id':1e3}",
        "{'price':1.5}",
        "{'price':'1e2'}",
        "{'price':'5.'}",
        "{'price':'.5'}",
        "{'price':'0.123456785'}",
        "{'price':'10000000000.0'}",
        "{'verified':true}",
        "{'unknown':{'symbol':'B'},'symbol':'A'}",
        "{'unknown':[1,2],'symbol':'A'}",
        "{'unknown':false,'symbol':'A'}",
        "[{'symbol':'A'},{'symbol':'B'}]",
    })
    void everyOtherFormIsLeftAndReadAsFlinkReadsIt(String message) throws IOException {
        assertThat(reader.read(bytes(message))).isNull();
        assertThat(collect(ours, message)).isEqualTo(collect(flinks, message));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{", "{'symbol", "{'symbol':'A", "{'symbol':'A'", "{'symbol':'A',}", "{'trade_id':01}", "{'trade_id':-}",
        "{'trade_id':'x'}", "{'price':'-'}", "{'version':2147483648}", "{'price':'1.2.3'}", "{'quantity':'12a'}",
        "{'quantity':''}", "symbol",
    })
    void whatIsNoRecordFailsAsItDoesInFlink(String message) {
        assertThatThrownBy(() -> flinks.deserialize(bytes(message))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ours.deserialize(bytes(message))).isInstanceOf(IOException.class);
    }

    @Test
    void anAbsentMessageGivesNoRow() throws IOException {
        List<RowData> rows = new ArrayList<>();
        ours.deserialize(null, into(rows));

        assertThat(rows).isEmpty();
        assertThat(ours.deserialize(null)).isNull();
    }

    @Test
    void anOrderOfFieldsThatChangesIsFollowed() throws IOException {
        for (String symbol : List.of("A", "B", "C", "A")) {
            String first = "{'symbol':'" + symbol + "','version':1}";
            String second = "{'version':2,'extra':0,'symbol':'" + symbol + "'}";

            assertThat(ours.deserialize(bytes(first)).getString(0)).hasToString(symbol);
            assertThat(ours.deserialize(bytes(second)).getString(0)).hasToString(symbol);
            assertThat(ours.deserialize(bytes(second)).getInt(4)).isEqualTo(2);
        }
    }

    @Test
    void aRecordOfVeryManyFieldsIsLeft() {
        StringBuilder message = new StringBuilder("{'symbol':'A'");
        for (int number = 0; number < 100; number++) {
            message.append(",'f").append(number).append("':1");
        }

        assertThat(reader.read(bytes(message + "}"))).isNull();
    }

    @Test
    void flinkFindsTheFormatByItsName() {
        DeserializationFormatFactory factory = FactoryUtil.discoverFactory(
                getClass().getClassLoader(), DeserializationFormatFactory.class, "flat-json");

        assertThat(factory).isInstanceOf(FlatJsonFormatFactory.class);
    }

    private List<Object> collect(DeserializationSchema<RowData> schema, String message) throws IOException {
        List<RowData> rows = new ArrayList<>();
        schema.deserialize(bytes(message), into(rows));
        return rows.stream().map(this::binary).toList();
    }

    private Object binary(RowData row) {
        return serializer.toBinaryRow(row).copy();
    }

    private static byte[] bytes(String message) {
        return message.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static Collector<RowData> into(List<RowData> rows) {
        return new Collector<>() {
            @Override
            public void collect(RowData row) {
                rows.add(row);
            }

            @Override
            public void close() {}
        };
    }
}
