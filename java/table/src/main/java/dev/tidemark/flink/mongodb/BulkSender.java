package dev.tidemark.flink.mongodb;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.WriteModel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.bson.BsonDocument;

/** Writes a bulk until it is acknowledged, or gives it up. */
final class BulkSender {
    private static final BulkWriteOptions UNORDERED = new BulkWriteOptions().ordered(false);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final MongoSinkConfig config;
    private final MongoCollection<BsonDocument> collection;
    private final SinkMetrics metrics;
    private final Pause pause;

    /** How to wait; a test does not. */
    @FunctionalInterface
    interface Pause {
        void sleep(Duration duration) throws InterruptedException;
    }

    BulkSender(MongoSinkConfig config, MongoCollection<BsonDocument> collection, SinkMetrics metrics, Pause pause) {
        this.config = config;
        this.collection = collection;
        this.metrics = metrics;
        this.pause = pause;
    }

    /**
     * Writes documents, each of another key. All of the bulk is written again after an error that may
     * pass: whatever part of it had succeeded is not changed by that.
     *
     * @throws IOException naming collection, key and cause, after the last attempt or an error that stays
     */
    void send(List<PendingWrite> bulk) throws IOException, InterruptedException {
        List<WriteModel<BsonDocument>> models = bulk.stream().map(PendingWrite::model).toList();
        for (int attempt = 0; ; attempt++) {
            try {
                long startedNs = System.nanoTime();
                collection.bulkWrite(models, UNORDERED);
                long byteCount = bulk.stream().mapToLong(PendingWrite::byteCount).sum();
                metrics.sent(bulk.size(), byteCount, Duration.ofNanos(System.nanoTime() - startedNs));
                return;
            } catch (MongoException e) {
                if (attempt == config.maxRetries() || !TransientErrors.contain(e)) {
                    throw givenUp(bulk, attempt, e);
                }
                metrics.retries().inc();
                pause.sleep(pauseAfter(attempt));
            }
        }
    }

    /** Returns the key of a document as text. */
    static String key(BsonDocument filter) {
        // As JSON of the whole filter, because a bare value has none.
        return filter.toJson();
    }

    private Duration pauseAfter(int attempt) {
        // Sixteen doublings are beyond the longest pause for any interval that is not zero milliseconds.
        Duration doubled = config.retryInterval().multipliedBy(1L << Math.min(attempt, 16));
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    private IOException givenUp(List<PendingWrite> bulk, int attempt, MongoException cause) {
        int failedCount = bulk.size();
        String where = "first of " + bulk.size() + " documents " + key(bulk.get(0).filter());
        String reason = cause.getMessage();
        if (cause instanceof MongoBulkWriteException bulkError && !bulkError.getWriteErrors().isEmpty()) {
            var error = bulkError.getWriteErrors().get(0);
            failedCount = bulkError.getWriteErrors().size();
            where = "document " + key(bulk.get(error.getIndex()).filter());
            reason = error.getMessage() + " (code " + error.getCode() + ")";
        }
        metrics.errors().inc(failedCount);
        return new IOException("mongodb sink " + config.namespace() + ": gave up after " + (attempt + 1)
                + " attempt(s), " + where + ": " + reason, cause);
    }
}
