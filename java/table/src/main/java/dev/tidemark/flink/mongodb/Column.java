package dev.tidemark.flink.mongodb;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.bson.BsonWriter;

/**
 * One column, able to copy its value from a row to a document.
 *
 * @param name of the column and of the field
 * @param getter reads the value from a row
 * @param writer writes it
 */
record Column(String name, RowData.FieldGetter getter, ValueWriter writer) {
    static Column of(String name, LogicalType type, int index) {
        return new Column(name, RowData.createFieldGetter(type, index), ValueWriter.of(type));
    }

    /** Writes name and value; a NULL is written too, as BSON null. */
    void write(BsonWriter out, RowData row) {
        out.writeName(name);
        writeValue(out, row);
    }

    /**
     * Writes the value alone.
     *
     * @throws IllegalArgumentException naming the column, if BSON cannot hold the value
     */
    void writeValue(BsonWriter out, RowData row) {
        try {
            writer.writeNullable(out, getter.getFieldOrNull(row));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("column " + name + ": " + e.getMessage(), e);
        }
    }
}
