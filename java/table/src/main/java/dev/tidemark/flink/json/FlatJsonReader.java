package dev.tidemark.flink.json;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * Reads one JSON object of plain values into a row, or leaves it.
 *
 * <p>It knows only the compact form: no blanks, no escapes, ASCII, no nesting. Whatever departs from that,
 * and every value that its column would have to convert, makes {@link #read} return null: not an error,
 * but a record for the general reader. So this never has to be right about the rest of JSON.
 *
 * <p>Fields are expected in the order of the record before, so that a name is compared once instead of
 * being looked up.
 */
final class FlatJsonReader {
    private static final int MAX_FIELDS = 64;

    private final List<FlatJsonField> columns = new ArrayList<>();
    private final JsonCursor cursor = new JsonCursor();

    /** What stood at each position of the last record. */
    private final FlatJsonField[] order = new FlatJsonField[MAX_FIELDS];

    FlatJsonReader(RowType rowType) {
        for (int index = 0; index < rowType.getFieldCount(); index++) {
            RowType.RowField field = rowType.getFields().get(index);
            columns.add(FlatJsonField.column(field.getName(), index, field.getType()));
        }
    }

    /** Returns the row, or null for a record that is not in the form known here. */
    GenericRowData read(byte[] message) {
        cursor.start(message);
        if (!cursor.skip('{')) {
            return null;
        }
        GenericRowData row = new GenericRowData(columns.size());
        int position = 0;
        do {
            FlatJsonField field = position < MAX_FIELDS ? fieldAt(position++) : null;
            if (field == null || !field.read(cursor, row)) {
                return null;
            }
        } while (cursor.skip(','));
        return cursor.skip('}') && cursor.atEnd() ? row : null;
    }

    private FlatJsonField fieldAt(int position) {
        FlatJsonField expected = order[position];
        if (expected == null || !cursor.skip(expected.label)) {
            order[position] = find();
        }
        return order[position];
    }

    /** Returns the field whose label comes next; null when what comes is no plain label. */
    private FlatJsonField find() {
        for (FlatJsonField column : columns) {
            if (cursor.skip(column.label)) {
                return column;
            }
        }
        String name = cursor.readLabel();
        return name == null ? null : FlatJsonField.unknown(name);
    }
}
