package dev.tidemark.flink.mongodb;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/**
 * Which columns of a row make a document's key, and which its fields.
 *
 * <p>The key {@code _id} of a table with one key column is that column's value, of one with more a
 * sub-document of them. Every column is a field too, except a key column that is called {@code _id}.
 */
final class DocumentShape implements Serializable {
    static final String ID = "_id";
    private static final Set<LogicalTypeRoot> NO_KEY =
            Set.of(LogicalTypeRoot.ARRAY, LogicalTypeRoot.MAP, LogicalTypeRoot.MULTISET, LogicalTypeRoot.ROW);
    private static final long serialVersionUID = 1L;

    private final RowType row;
    private final int[] keyColumns;

    /**
     * Checks that every column can be stored.
     *
     * @param row names and types of the columns
     * @param keyColumns positions of the primary key's columns, none for a table that is appended to
     * @throws ValidationException naming the first column that cannot be stored
     */
    DocumentShape(RowType row, int[] keyColumns) {
        this.row = row;
        this.keyColumns = keyColumns;
        for (RowType.RowField field : row.getFields()) {
            requireStorable(field);
        }
        Arrays.stream(keyColumns).forEach(this::requireKey);
        int id = row.getFieldIndex(ID);
        if (id >= 0 && !Arrays.equals(keyColumns, new int[] {id})) {
            throw new ValidationException(
                    "column " + ID + " is the document's key: expected PRIMARY KEY (" + ID + ") NOT ENFORCED");
        }
    }

    boolean hasKey() {
        return keyColumns.length > 0;
    }

    boolean hasCompositeKey() {
        return keyColumns.length > 1;
    }

    List<Column> keyColumns() {
        return Arrays.stream(keyColumns).mapToObj(this::column).toList();
    }

    List<Column> fieldColumns() {
        return IntStream.range(0, row.getFieldCount()).mapToObj(this::column)
                .filter(column -> !column.name().equals(ID))
                .toList();
    }

    private Column column(int index) {
        RowType.RowField field = row.getFields().get(index);
        return Column.of(field.getName(), field.getType(), index);
    }

    private static void requireStorable(RowType.RowField field) {
        try {
            ValueWriter.of(field.getType());
        } catch (IllegalArgumentException e) {
            throw new ValidationException("column " + field.getName() + ": " + e.getMessage(), e);
        }
    }

    private void requireKey(int index) {
        LogicalType type = row.getTypeAt(index);
        if (NO_KEY.contains(type.getTypeRoot())) {
            throw new ValidationException("column " + row.getFieldNames().get(index)
                    + ": expected a plain type in the primary key, found " + type);
        }
    }
}
