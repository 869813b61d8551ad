package dev.tidemark.flink.mongodb;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.bson.BsonWriter;

/** Writers of types that hold others, to any depth. */
final class NestedWriters {
    private NestedWriters() {
    }

    static final class OfArray implements ValueWriter {
        private final ArrayData.ElementGetter getter;
        private final ValueWriter writer;

        OfArray(ArrayType type) {
            getter = ArrayData.createElementGetter(type.getElementType());
            writer = ValueWriter.of(type.getElementType());
        }

        @Override
        public void write(BsonWriter out, Object value) {
            ArrayData array = (ArrayData) value;
            out.writeStartArray();
            for (int i = 0; i < array.size(); i++) {
                writer.writeNullable(out, getter.getElementOrNull(array, i));
            }
            out.writeEndArray();
        }
    }

    static final class OfRow implements ValueWriter {
        private final List<Column> columns;

        OfRow(RowType type) {
            columns = IntStream.range(0, type.getFieldCount())
                    .mapToObj(i -> Column.of(type.getFieldNames().get(i), type.getTypeAt(i), i))
                    .toList();
        }

        @Override
        public void write(BsonWriter out, Object value) {
            out.writeStartDocument();
            columns.forEach(column -> column.write(out, (RowData) value));
            out.writeEndDocument();
        }
    }

    static final class OfMap implements ValueWriter {
        private final ArrayData.ElementGetter keys;
        private final ArrayData.ElementGetter values;
        private final ValueWriter writer;

        OfMap(MapType type) {
            LogicalType key = type.getKeyType();
            if (!key.is(LogicalTypeFamily.CHARACTER_STRING)) {
                throw new IllegalArgumentException("expected a MAP with STRING keys, found " + type);
            }
            keys = ArrayData.createElementGetter(key);
            values = ArrayData.createElementGetter(type.getValueType());
            writer = ValueWriter.of(type.getValueType());
        }

        @Override
        public void write(BsonWriter out, Object value) {
            MapData map = (MapData) value;
            ArrayData keyArray = map.keyArray();
            ArrayData valueArray = map.valueArray();
            out.writeStartDocument();
            for (int i = 0; i < map.size(); i++) {
                Object key = keys.getElementOrNull(keyArray, i);
                if (key == null) {
                    throw new IllegalArgumentException("expected no NULL among the keys of a MAP, found one");
                }
                out.writeName(key.toString());
                writer.writeNullable(out, values.getElementOrNull(valueArray, i));
            }
            out.writeEndDocument();
        }
    }
}
