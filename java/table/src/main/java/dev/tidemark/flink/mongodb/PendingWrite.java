package dev.tidemark.flink.mongodb;

import com.mongodb.client.model.WriteModel;
import org.bson.BsonDocument;

/**
 * A write that waits for its bulk.
 *
 * @param filter {@code {_id: key}}, which names the document
 * @param model what the driver is to do
 * @param byteCount size of the fields in BSON
 */
record PendingWrite(BsonDocument filter, WriteModel<BsonDocument> model, int byteCount) {
}
