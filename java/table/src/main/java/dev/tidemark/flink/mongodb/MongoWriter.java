package dev.tidemark.flink.mongodb;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.table.data.RowData;
import org.bson.BsonDocument;

/**
 * Gathers the rows of one subtask and decides when they leave; only then do they become documents, because
 * most rows of a busy key are replaced before. Runs in the task's thread only, its
 * timer included, so that a slow store slows the job down instead of filling memory.
 */
final class MongoWriter implements SinkWriter<RowData> {
    private final MongoSinkConfig config;
    private final RowEncoder encoder;
    private final BulkSender sender;
    private final AutoCloseable client;
    private final ProcessingTimeService clock;
    private final PendingRows pending;

    MongoWriter(MongoSinkConfig config, RowEncoder encoder, PendingRows pending, BulkSender sender,
            AutoCloseable client, ProcessingTimeService clock) {
        this.config = config;
        this.encoder = encoder;
        this.pending = pending;
        this.sender = sender;
        this.client = client;
        this.clock = clock;
        if (!config.interval().isZero()) {
            scheduleFlush();
        }
    }

    /**
     * Takes a row, and writes all that wait if they are enough.
     *
     * @throws IOException naming collection, key and cause, if a row cannot be converted or the bulk is
     *     given up
     */
    @Override
    public void write(RowData row, Context context) throws IOException, InterruptedException {
        pending.put(row);
        if (pending.size() == config.maxRows()) {
            send();
        }
    }

    /** Called before each checkpoint and at the end of a bounded input. */
    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        if (endOfInput || config.guarantee() != DeliveryGuarantee.NONE) {
            send();
        }
    }

    @Override
    public void close() throws Exception {
        client.close();
    }

    private PendingWrite encode(RowData row) throws IOException {
        BsonDocument filter = null;
        try {
            filter = encoder.filter(row);
            return encoder.write(filter, row);
        } catch (IllegalArgumentException e) {
            throw new IOException("mongodb sink " + config.namespace() + ": cannot convert the row of key "
                    + (filter == null ? "(not readable)" : BulkSender.key(filter)) + ": " + e.getMessage(), e);
        }
    }

    private void send() throws IOException, InterruptedException {
        if (pending.size() > 0) {
            List<PendingWrite> bulk = new ArrayList<>(pending.size());
            for (RowData row : pending.take()) {
                bulk.add(encode(row));
            }
            sender.send(bulk);
        }
    }

    private void scheduleFlush() {
        clock.registerTimer(clock.getCurrentProcessingTime() + config.interval().toMillis(), time -> {
            send();
            scheduleFlush();
        });
    }
}
