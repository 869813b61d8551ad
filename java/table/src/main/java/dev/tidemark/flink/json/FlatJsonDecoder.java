package dev.tidemark.flink.json;

import java.io.IOException;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.Collector;

/**
 * Decodes records by {@link FlatJsonReader}, and those that it leaves by Flink's own decoder, which also
 * decides what is an error.
 */
final class FlatJsonDecoder implements DeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    private final RowType rowType;
    private final DeserializationSchema<RowData> json;
    private transient FlatJsonReader reader;

    FlatJsonDecoder(RowType rowType, DeserializationSchema<RowData> json) {
        this.rowType = rowType;
        this.json = json;
    }

    @Override
    public void open(InitializationContext context) throws Exception {
        json.open(context);
        reader = new FlatJsonReader(rowType);
    }

    @Override
    public RowData deserialize(byte[] message) throws IOException {
        RowData row = message == null ? null : reader.read(message);
        return row != null ? row : json.deserialize(message);
    }

    @Override
    public void deserialize(byte[] message, Collector<RowData> out) throws IOException {
        RowData row = message == null ? null : reader.read(message);
        if (row != null) {
            out.collect(row);
        } else {
            json.deserialize(message, out);
        }
    }

    @Override
    public boolean isEndOfStream(RowData row) {
        return json.isEndOfStream(row);
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return json.getProducedType();
    }
}
