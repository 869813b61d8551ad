package dev.tidemark.flink.mongodb;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import java.time.Duration;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.table.data.RowData;
import org.bson.BsonDocument;

/** The sink as it is shipped to the tasks: each makes one writer, with a client of its own. */
final class MongoSink implements Sink<RowData> {
    private static final long serialVersionUID = 1L;

    private final MongoSinkConfig config;
    private final DocumentShape shape;

    MongoSink(MongoSinkConfig config, DocumentShape shape) {
        this.config = config;
        this.shape = shape;
    }

    @Override
    public SinkWriter<RowData> createWriter(WriterInitContext context) {
        MongoClient client = MongoClients.create(config.uri());
        BulkSender sender = new BulkSender(
                config,
                client.getDatabase(config.database()).getCollection(config.collection(), BsonDocument.class),
                SinkMetrics.of(context.metricGroup()),
                (Duration pause) -> Thread.sleep(pause.toMillis()));
        PendingRows pending = new PendingRows(context.createInputSerializer(), shape.keyColumns());
        return new MongoWriter(
                config, new RowEncoder(shape), pending, sender, client, context.getProcessingTimeService());
    }
}
