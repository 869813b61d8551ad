package dev.tidemark.flink.mongodb;

import com.mongodb.client.model.DeleteOneModel;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.UpdateOptions;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.bson.BsonBinaryWriter;
import org.bson.BsonDocument;
import org.bson.BsonDocumentWriter;
import org.bson.BsonObjectId;
import org.bson.BsonWriter;
import org.bson.RawBsonDocument;
import org.bson.io.BasicOutputBuffer;

/** Turns a row into the write that it stands for. */
final class RowEncoder {
    private static final UpdateOptions UPSERT = new UpdateOptions().upsert(true);

    private final List<Column> keyColumns;
    private final List<Column> fieldColumns;
    private final boolean compositeKey;
    private final String setOperator;

    RowEncoder(DocumentShape shape) {
        keyColumns = shape.keyColumns();
        fieldColumns = shape.fieldColumns();
        compositeKey = shape.hasCompositeKey();
        // An appended document that exists already is one of this bulk's earlier attempt.
        setOperator = shape.hasKey() ? "$set" : "$setOnInsert";
    }

    /**
     * Returns {@code {_id: key}}; the key is new if the table has none.
     *
     * @throws IllegalArgumentException naming the column whose value BSON cannot hold
     */
    BsonDocument filter(RowData row) {
        BsonDocument filter = new BsonDocument();
        if (keyColumns.isEmpty()) {
            return filter.append(DocumentShape.ID, new BsonObjectId());
        }
        BsonDocumentWriter out = new BsonDocumentWriter(filter);
        out.writeStartDocument();
        out.writeName(DocumentShape.ID);
        if (compositeKey) {
            writeColumns(out, keyColumns, row);
        } else {
            keyColumns.get(0).writeValue(out, row);
        }
        out.writeEndDocument();
        return filter;
    }

    /**
     * Returns the write of a row.
     *
     * @param filter what {@link #filter} returned for it
     * @throws IllegalArgumentException naming the column whose value BSON cannot hold
     */
    PendingWrite write(BsonDocument filter, RowData row) {
        return switch (row.getRowKind()) {
            case INSERT, UPDATE_AFTER -> upsert(filter, row);
            // The planner sends the old version only where an update may have changed the key.
            case DELETE, UPDATE_BEFORE -> new PendingWrite(filter, new DeleteOneModel<>(filter), 0);
        };
    }

    private PendingWrite upsert(BsonDocument filter, RowData row) {
        BasicOutputBuffer buffer = new BasicOutputBuffer();
        try (BsonBinaryWriter out = new BsonBinaryWriter(buffer)) {
            writeColumns(out, fieldColumns, row);
        }
        BsonDocument update = new BsonDocument(setOperator, new RawBsonDocument(buffer.toByteArray()));
        return new PendingWrite(filter, new UpdateOneModel<>(filter, update, UPSERT), buffer.size());
    }

    private static void writeColumns(BsonWriter out, List<Column> columns, RowData row) {
        out.writeStartDocument();
        columns.forEach(column -> column.write(out, row));
        out.writeEndDocument();
    }
}
