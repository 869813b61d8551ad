package dev.tidemark.flink.mongodb;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/** The rows that wait, of one key the newest only. They are copies, because Flink may use a row again. */
final class PendingRows {
    private final TypeSerializer<RowData> serializer;
    private final List<Column> keyColumns;
    private final Map<Object, RowData> rows = new LinkedHashMap<>();

    PendingRows(TypeSerializer<RowData> serializer, List<Column> keyColumns) {
        this.serializer = serializer;
        this.keyColumns = keyColumns;
    }

    void put(RowData row) {
        RowData copy = serializer.copy(row);
        rows.put(key(copy), copy);
    }

    int size() {
        return rows.size();
    }

    /** Returns all rows, in the order in which their keys came, and forgets them. */
    List<RowData> take() {
        List<RowData> taken = List.copyOf(rows.values());
        rows.clear();
        return taken;
    }

    /** Returns what is equal for rows of one document; of a table without a key every row is one. */
    private Object key(RowData row) {
        if (keyColumns.isEmpty()) {
            return new Object();
        }
        Object[] values = new Object[keyColumns.size()];
        for (int index = 0; index < values.length; index++) {
            values[index] = keyColumns.get(index).getter().getFieldOrNull(row);
        }
        return GenericRowData.of(values);
    }
}
